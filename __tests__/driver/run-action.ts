export * from '../../sandbox/runner/run-action.ts'
export type { ActionRun } from '../../sandbox/runner/step.ts'
export { commandFile, inputVariables } from '../../sandbox/runner/step.ts'
