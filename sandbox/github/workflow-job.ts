import type { JWTPayload } from 'jose'
import type { World } from '../world.ts'

/** Issuer of the ID tokens of GitHub's own runners. */
export const issuer = 'https://token.actions.githubusercontent.com'

/** The run that the sandbox's workflow is always in. */
export const job = {
  plan: '6f0b3c1e-2d5a-4b7e-9a64-0c1d5e8f7a21',
  id: 'c2a7d7e4-8e0f-5d0c-9f7b-3b1f0a6c4d52',
  runId: '7423918265',
}

/**
 * What GitHub says about the job that asks, apart from audience and times. Values that a workflow's author chooses follow from the subject:
 * https://docs.github.com/en/actions/reference/security/oidc
 */
export function jobClaims({ workflow }: World): JWTPayload {
  const [owner = ''] = workflow.repository.split('/')
  const ids = idsOf(workflow.subject)
  const context = contextOf(workflow.subject)
  const workflowRef = `${workflow.repository}/.github/workflows/onboard.yml@${context.ref}`
  return {
    iss: issuer,
    sub: workflow.subject,
    ...context,
    repository: workflow.repository,
    repository_id: ids.repository,
    repository_owner: owner,
    repository_owner_id: ids.owner,
    repository_visibility: 'private',
    actor: owner,
    actor_id: ids.owner,
    workflow: 'onboard',
    workflow_ref: workflowRef,
    job_workflow_ref: workflowRef,
    head_ref: context.event_name === 'pull_request' ? 'onboarding' : '',
    base_ref: context.event_name === 'pull_request' ? 'main' : '',
    run_id: job.runId,
    run_number: '7',
    run_attempt: '1',
    runner_environment: 'github-hosted',
  }
}

/** A subject is `repo:OWNER/NAME:CONTEXT`; the context is an environment, a pull request, or a ref. */
function contextOf(subject: string) {
  const context = subject.split(':').slice(2).join(':')
  if (context === 'pull_request') return { ref: 'refs/pull/12/merge', ref_type: 'branch', event_name: 'pull_request' }
  if (context.startsWith('environment:')) {
    const environment = decodeURIComponent(context.slice('environment:'.length))
    return { environment, ref: 'refs/heads/main', ref_type: 'branch', event_name: 'workflow_dispatch' }
  }
  const ref = context.startsWith('ref:') ? context.slice('ref:'.length) : 'refs/heads/main'
  return { ref, ref_type: ref.startsWith('refs/tags/') ? 'tag' : 'branch', event_name: 'push' }
}

/** Repositories made since July 2026 have their ids in the subject: `repo:OWNER@ID/NAME@ID:CONTEXT`. */
function idsOf(subject: string): { owner: string; repository: string } {
  const [, owner = '4314092', repository = '74291530'] = /^repo:[^@/]+@(\d+)\/[^@:]+@(\d+):/.exec(subject) ?? []
  return { owner, repository }
}
