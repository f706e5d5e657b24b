import type { Azure } from './azure/azure.ts'
import type { Cloud } from './azure/cloud.ts'
import type { Runner } from './azure/credential.ts'
import type { Connect } from './kubernetes/connect.ts'

/** What a mode needs to reach the world. */
export interface Surroundings {
  azure: Azure
  cloud: Cloud
  runner: Runner
  connect: Connect
  onProgress(progress: string): void
}
