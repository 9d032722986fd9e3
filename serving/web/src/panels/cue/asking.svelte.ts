/** Which cue somebody is just asking changes for: opened by its button and by the R key. */
export const asking: { cue: string | null } = $state({ cue: null });
