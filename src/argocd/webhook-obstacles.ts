import type { Explanation } from '../failure.ts'
import { isOursAlone } from '../kubernetes/ownership.ts'
import { fields, SKIP_ANNOTATION, TOKEN_FILE_VARIABLE, WEBHOOK_NAME } from './token-source.ts'
import { type ArgoCdWorkload, title, type Volume } from './workloads.ts'

/**
 * What in a template keeps the workload-identity webhook from giving its container a token, or its pods from starting at all. What we
 * put there ourselves goes when the webhook takes over, and is in nobody's way.
 */
export function webhookObstacles(found: ArgoCdWorkload): Explanation[] {
  return [...skipped(found), ...variable(found), ...volumes(found)]
}

function skipped(found: ArgoCdWorkload): Explanation[] {
  const { container, object } = found
  const named: string = object.spec.template.metadata?.annotations?.[SKIP_ANNOTATION] ?? ''
  return named.split(';').some(name => name.trim() === container.name)
    ? [
        {
          what: `${title(found)} gets no token from the workload-identity webhook`,
          why: `the annotation ${SKIP_ANNOTATION} of its pods names the container ${container.name}`,
          remedy: `Take ${container.name} out of that annotation, or leave token-source at projected`,
        },
      ]
    : []
}

/** The webhook never changes a variable that is there (https://github.com/Azure/azure-workload-identity/blob/v1.6.0/pkg/webhook/webhook.go). */
function variable(found: ArgoCdWorkload): Explanation[] {
  const { container, object } = found
  const there = container.env?.find(({ name }) => name === TOKEN_FILE_VARIABLE)
  return there && !isOursAlone(object, fields.variable(container.name))
    ? [
        {
          what: `${title(found)} would look for its token where the workload-identity webhook does not put it`,
          why: `its container ${container.name} has ${TOKEN_FILE_VARIABLE} already (${there.value ?? 'from elsewhere'}), and the webhook leaves variables alone that are there`,
          remedy: `Remove ${TOKEN_FILE_VARIABLE} where Argo CD is installed from, or leave token-source at projected`,
        },
      ]
    : []
}

/**
 * Up to v1.5 the webhook looks for its file in any volume, and mounts the volume of its own name all the same
 * (https://github.com/Azure/azure-workload-identity/blob/v1.5.1/pkg/webhook/webhook.go).
 */
function volumes(found: ArgoCdWorkload): Explanation[] {
  const { object } = found
  const all: Volume[] = object.spec.template.spec.volumes ?? []
  return all
    .filter(volume => (volume.name === WEBHOOK_NAME) !== holdsItsFile(volume))
    .filter(volume => !isOursAlone(object, fields.volume(volume.name)))
    .map(({ name }) => ({
      what: `No pod of ${title(found)} would start with the workload-identity webhook`,
      why:
        name === WEBHOOK_NAME
          ? `its volume ${name} has the name of the webhook's own and holds something else`
          : `its volume ${name} holds a token as ${WEBHOOK_NAME}, and webhooks up to v1.5 then mount a volume of that name, which is not there`,
      remedy: `Rename the volume ${name} or its file where Argo CD is installed from, or leave token-source at projected`,
    }))
}

const holdsItsFile = ({ projected }: Volume): boolean =>
  (projected?.sources ?? []).some(({ serviceAccountToken }) => serviceAccountToken?.path === WEBHOOK_NAME)
