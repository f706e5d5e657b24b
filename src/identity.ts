import type { Azure, ListedCluster, ManagedIdentity } from './azure/azure.ts'
import { Failure } from './failure.ts'
import type { HubInputs, TargetInputs } from './inputs.ts'

type Inputs = Pick<HubInputs | TargetInputs, 'identity' | 'identityIds' | 'login'>

/** Asks Azure for the identity. Where the inputs tell who it is nothing is asked: it may be an application, or nobody's to read. */
export const readIdentity = async (
  { identity, identityIds }: Inputs,
  azure: Azure,
): Promise<ManagedIdentity | undefined> => (identityIds ? undefined : azure.identity(identity))

/** The identity as Azure has it, or as the inputs tell; then its tenant is that of the cluster, which takes tokens of no other. */
export function identityFor(
  { identityIds, login }: Inputs,
  read: ManagedIdentity | undefined,
  cluster: ListedCluster,
): ManagedIdentity | undefined {
  if (!identityIds) return read
  const tenantId = cluster.entra?.tenantId ?? login.tenantId
  if (!tenantId) throw noTenant(cluster)
  return { id: '', ...identityIds, tenantId, location: '', tags: {} }
}

const noTenant = ({ name }: ListedCluster) =>
  new Failure({
    what: 'The tenant of the identity is not known',
    why: `with identity-client-id nothing is asked of its provider, and AKS cluster ${name} does not use Entra`,
    remedy: 'Give the input tenant-id',
  })
