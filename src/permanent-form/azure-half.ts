import type { IdentityId, ManagedClusterId } from '../azure/resource-id.ts'
import { az } from './az.ts'
import { bicep } from './bicep.ts'
import type { Form } from './form.ts'
import { terraform } from './terraform.ts'

/** What Azure has to hold for the hub. */
export interface AzureHalf {
  hub: ManagedClusterId
  /** Undefined until the issuer is on. */
  issuer: string | undefined
  /** The add-on for workload identity is needed, and whether it is on. */
  workloadIdentity: { needed: boolean; isOn: boolean }
  identity: { id: IdentityId; location: string; tags: Readonly<Record<string, string>>; exists: boolean }
  credentials: Credential[]
  audience: string
}

/** A federated credential of the identity. */
export interface Credential {
  name: string
  /** The account's name: what the resource is called in the code. */
  account: string
  subject: string
  exists: boolean
}

/** The Azure half in three languages, of which people use one. */
export const azureForms = (half: AzureHalf): Form[] => [
  { for: 'azure', format: 'terraform', file: 'argo-aks-onboard.tf', text: terraform(half) },
  { for: 'azure', format: 'bicep', file: 'argo-aks-onboard.bicep', text: bicep(half) },
  { for: 'azure', format: 'az', file: 'argo-aks-onboard.sh', text: az(half) },
]
