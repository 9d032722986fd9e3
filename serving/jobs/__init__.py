"""Background jobs: the database owns each job, an executor owns its attempts."""
