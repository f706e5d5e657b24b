export * from '../../sandbox/runner/job-log.ts'
