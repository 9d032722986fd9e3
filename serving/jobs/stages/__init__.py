"""The kinds of jobs, one module each: ``run(work)`` goes through the stages and returns what is to be written down."""
