export * from '../../sandbox/runner/leaks.ts'
