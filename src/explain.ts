import { SignInError } from './azure/sign-in-error.ts'
import { explainAzure, remedyFor, requestOf } from './explain-azure.ts'
import { explainSignIn } from './explain-sign-in.ts'
import { Conflict, type Explanation, Failure, Refused, sentence } from './failure.ts'
import { InputFaults } from './inputs.ts'
import { KubernetesError, UnreachableError } from './kubernetes/errors.ts'
import type { Link } from './proof/link.ts'

/** Says of any failure what happened, on which resource, why, and what to do. */
export function explain(error: unknown): string {
  if (error instanceof InputFaults) return error.message
  if (error instanceof Refused) return error.refusals.map(sentence).join('\n')
  if (error instanceof Failure) return sentence(error.explanation)
  if (error instanceof SignInError) return sentence(explainSignIn(error))
  if (error instanceof UnreachableError) return sentence(unreachable(error))
  if (error instanceof KubernetesError) return sentence(kubernetes(error))
  if (error instanceof Conflict) return sentence(conflict(error))
  return sentence(explainAzure(error) ?? unknown(error))
}

/** What to do about the first link of the proof that broke. */
export function explainBroken(links: Link[]): string {
  const broken = links.find(({ outcome }) => outcome === 'failed')!
  const remedies = {
    exchange:
      "Compare the identity's federated credentials with the values above; the action writes them in mode hub, so run that first",
    access:
      'Look for what takes the grant away again on the target (a policy, another tool), or with grant: none let somebody make it, and run again',
    reach: CERTIFICATE.find(([sign]) => sign.test(broken.detail))?.[1] ?? LET_THE_HUB_REACH_IT,
  }
  return sentence({
    what: `The proof failed at the link ${broken.link} (${broken.of})`,
    why: broken.detail,
    remedy: remedies[broken.link],
  })
}

const LET_THE_HUB_REACH_IT = 'Let the network of the hub reach the target: peering, private DNS zone link, firewall'

/** What is wrong with a certificate that the hub was shown, in Go's words (crypto/x509), and what helps. */
const CERTIFICATE: [sign: RegExp, remedy: string][] = [
  [
    /certificate is valid for/,
    'Set the input tls-server-name to a name that the certificate holds, or correct the input server',
  ],
  [
    /unknown authority/,
    'Look for what breaks TLS open between the hub and the target, or correct the input server: it has to lead to this cluster',
  ],
]

/** What a fleet says at its end. */
export function explainFailures(failed: string[], of: number): string {
  const some = failed.slice(0, 10).join(', ')
  return sentence({
    what: `${failed.length} of ${of} targets failed: ${some}${failed.length > 10 ? ` and ${failed.length - 10} more` : ''}`,
    why: 'each of them says why above and in the summary',
    remedy: 'Do what it says and run again: what is done already stays as it is',
  })
}

/** The last of several: the ones before it were answered by reading and planning again. */
const conflict = ({ message, cause }: Conflict): Explanation =>
  cause instanceof Failure
    ? cause.explanation
    : {
        what: `There was a conflict at ${cause instanceof KubernetesError ? cause.request : requestOf(cause)}, also after reading and planning again`,
        why: message,
        remedy: 'Wait until no other job, operation or controller works on the resource, and run again',
      }

function unreachable(error: UnreachableError): Explanation {
  const { cluster, server, code, message, isUntrusted } = error
  const what = `The API server of ${cluster} (${server}) could not be reached`
  if (isUntrusted) {
    return {
      what,
      why: `its certificate is not one of the authority that Azure reports for the cluster (${code})`,
      remedy:
        'Look for a proxy that breaks TLS open and exempt the host with NO_PROXY; after a certificate rotation wait until it is over',
    }
  }
  if (error.otherwise) {
    return {
      what: `${what}, nor could it be entered by run-command`,
      why: `${message || 'no answer'}; ${explain(error.otherwise)}`.replace(/\.$/, ''),
      remedy:
        "Run the job on a runner inside the cluster's network (runs-on), or let the caller run commands in the cluster",
    }
  }
  const orElse = 'or let the action enter by run-command (hub-access or target-access)'
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return {
      what,
      why: 'the runner cannot resolve the name, as is usual for a private cluster from outside its network',
      remedy: `Run the job on a runner inside the cluster's network (runs-on), with its private DNS zone linked, ${orElse}`,
    }
  }
  return {
    what,
    why: `${message || 'no answer'}${code && ` (${code})`}`,
    remedy: `Run the job on a runner whose network reaches the cluster, allow its address in the authorized IP ranges, ${orElse}`,
  }
}

function kubernetes({ cluster, status, request, message }: KubernetesError): Explanation {
  const what = `${cluster} refused ${request}`
  if (status === 401) {
    return {
      what,
      why: 'it does not accept the token of the caller',
      remedy: 'Sign in to the tenant that the cluster trusts (input tenant-id)',
    }
  }
  if (status === 403) {
    return {
      what,
      why: message,
      remedy: `Bind the caller, or an Entra group of it, to a ClusterRole on ${cluster} that allows it`,
    }
  }
  return { what, why: `${message || 'no reason given'} (HTTP ${status})`, remedy: remedyFor(status) }
}

const unknown = (error: unknown): Explanation => ({
  what: 'The run failed',
  why: error instanceof Error ? error.message : String(error),
  remedy: 'Run again with step debug logging (ACTIONS_STEP_DEBUG) to see where, and report it with that log',
})
