"""Runtime: the only room that opens networks, with checksums and providers; the sandbox and its child."""
