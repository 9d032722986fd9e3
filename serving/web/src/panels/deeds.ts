/** What may be done about a job that is under way or has ended badly. */

interface Doing {
  readonly mayEdit: boolean;
  cancelJob(job: string): Promise<void>;
  retryJob(job: string): Promise<void>;
}

/** The deeds a job's card offers: none to those whom the service would refuse. */
export function deedsOn(review: Doing, job: string): { oncancel?: () => Promise<void>; onretry?: () => Promise<void> } {
  return review.mayEdit ? { oncancel: () => review.cancelJob(job), onretry: () => review.retryJob(job) } : {};
}
