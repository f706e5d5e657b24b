import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { InputFaults, readInputs } from '../../src/inputs.ts'

const subscription = '11111111-1111-1111-1111-111111111111'
const other = '22222222-2222-2222-2222-222222222222'
const tenant = '33333333-3333-3333-3333-333333333333'
const client = '44444444-4444-4444-4444-444444444444'
const clusterId = (name: string, provider = 'Microsoft.ContainerService/managedClusters') =>
  `/subscriptions/${other}/resourceGroups/rg/providers/${provider}/${name}`

type With = Record<string, string>

/** The inputs of a step that is right, and what the runner adds to them. */
const hub: With = {
  mode: 'hub',
  'tenant-id': tenant,
  'client-id': client,
  'subscription-id': subscription,
  'hub-cluster': 'argocd-rg/argocd-aks',
}
const target: With = { ...hub, mode: 'target', 'target-cluster': 'dev-rg/devworkloadaks1' }
const { 'target-cluster': _, ...ofFleets } = target
const fleet: With = { ...ofFleets, targets: 'dev-rg/dev1\ndev-rg/dev2' }
const tagged: With = { ...ofFleets, 'target-tag': 'fleet=on' }
const runner = { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://runner.invalid/?', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'token' }

/** The step as it is right, with some inputs changed; `''` takes one away. What then is the fault, or the outcome where there is none. */
type Case = { step: With; but: With; environment?: With } & ({ fault: RegExp } | { outcome: object })

/** Every way in which an input can be wrong; a reason stands where a way is impossible. */
interface Ways {
  missing: Case
  'wrong type': Case
  'wrong form': Case
  contradicting: Case | { impossible: string }
}

const nothingContradictsIt = { impossible: 'it means the same whatever the other inputs say' }

const table: Record<string, Ways> = {
  mode: {
    missing: {
      step: hub,
      but: { mode: '' },
      fault: /`mode` is missing; expected `hub`, `target` or `discover`\. Set it in `with:`/,
    },
    'wrong type': {
      step: hub,
      but: { mode: 'true' },
      fault: /`mode` is "true"; expected `hub`, `target` or `discover`/,
    },
    'wrong form': { step: hub, but: { mode: 'Hub' }, fault: /`mode` is "Hub"; expected `hub`, `target` or `discover`/ },
    contradicting: {
      step: hub,
      but: { mode: 'target' },
      fault: /`target-cluster` is missing: without it .*; expected an AKS cluster/,
    },
  },
  'dry-run': {
    missing: { step: hub, but: { 'dry-run': '' }, outcome: { dryRun: false } },
    'wrong type': { step: hub, but: { 'dry-run': '1' }, fault: /`dry-run` is "1"; expected `true` or `false`/ },
    'wrong form': { step: hub, but: { 'dry-run': 'yes' }, fault: /`dry-run` is "yes"; expected `true` or `false`/ },
    contradicting: nothingContradictsIt,
  },
  'tenant-id': {
    missing: {
      step: hub,
      but: { 'tenant-id': '' },
      fault: /`tenant-id` is missing: GitHub login needs it; .*environment variable AZURE_TENANT_ID/,
    },
    'wrong type': { step: hub, but: { 'tenant-id': '42' }, fault: /`tenant-id` is "42"; expected a GUID/ },
    'wrong form': {
      step: hub,
      but: { 'tenant-id': 'contoso.onmicrosoft.com' },
      fault: /`tenant-id` is "contoso\.onmicrosoft\.com"; expected a GUID/,
    },
    contradicting: nothingContradictsIt,
  },
  'client-id': {
    missing: {
      step: hub,
      but: { 'client-id': '', login: 'github' },
      fault: /`client-id` is missing: GitHub login needs it; .*environment variable AZURE_CLIENT_ID/,
    },
    'wrong type': { step: hub, but: { 'client-id': 'true' }, fault: /`client-id` is "true"; expected a GUID/ },
    'wrong form': {
      step: hub,
      but: { 'client-id': '' },
      environment: { AZURE_CLIENT_ID: `{${client}}` },
      fault: /`client-id` is .* \(from AZURE_CLIENT_ID\); expected a GUID/,
    },
    contradicting: {
      step: hub,
      but: { login: 'azure-cli' },
      fault: /`client-id` has no meaning with `login: azure-cli`\. Remove one of them/,
    },
  },
  'subscription-id': {
    missing: {
      step: target,
      but: { 'subscription-id': '' },
      fault:
        /`subscription-id` is missing: none stands in `hub-cluster` and `target-cluster`; expected a GUID.*AZURE_SUBSCRIPTION_ID/,
    },
    'wrong type': { step: hub, but: { 'subscription-id': '1' }, fault: /`subscription-id` is "1"; expected a GUID/ },
    'wrong form': {
      step: hub,
      but: { 'subscription-id': `/subscriptions/${subscription}` },
      fault: /`subscription-id` is "\/subscriptions\/.*; expected a GUID/,
    },
    contradicting: {
      step: hub,
      but: { 'hub-cluster': clusterId('argocd-aks') },
      outcome: { hubCluster: { subscriptionId: other } },
    },
  },
  login: {
    missing: { step: hub, but: { login: '' }, outcome: { login: { kind: 'github', why: '`client-id` is given' } } },
    'wrong type': {
      step: hub,
      but: { login: 'true' },
      fault: /`login` is "true"; expected `auto`, `github`, `workload-identity`, /,
    },
    'wrong form': {
      step: hub,
      but: { login: 'oidc' },
      fault: /`login` is "oidc"; expected `auto`, `github`, `workload-identity`, /,
    },
    contradicting: {
      step: hub,
      but: { login: 'github' },
      environment: { ACTIONS_ID_TOKEN_REQUEST_URL: '' },
      fault: /`login` is `github`, but GitHub offers this job no ID token .*Set `permissions: id-token: write`/,
    },
  },
  environment: {
    missing: {
      step: hub,
      but: { environment: '' },
      outcome: { cloud: { exchangeAudience: 'api://AzureADTokenExchange' } },
    },
    'wrong type': {
      step: hub,
      but: { environment: 'true' },
      fault: /`environment` is .*; expected `azurecloud`, `azureusgovernment` or/,
    },
    'wrong form': {
      step: hub,
      but: { environment: 'azure-cloud' },
      fault: /`environment` is .*; expected `azurecloud`/,
    },
    contradicting: {
      step: { ...hub, login: 'workload-identity' },
      but: { environment: 'AzureChinaCloud' },
      environment: { AZURE_FEDERATED_TOKEN_FILE: '/token', AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.us/' },
      fault:
        /`environment` is `azurechinacloud`, and .*https:\/\/login\.microsoftonline\.us\/.*Set `environment: azureusgovernment`/,
    },
  },
  audience: {
    missing: {
      step: hub,
      but: { environment: 'azurechinacloud' },
      outcome: { cloud: { exchangeAudience: 'api://AzureADTokenExchangeChina' } },
    },
    'wrong type': { step: hub, but: { audience: 'a\nb' }, fault: /`audience` is .*; expected one line/ },
    'wrong form': {
      step: hub,
      but: { audience: '\t'.padStart(600, 'x') },
      fault: /`audience` is .*; expected one line/,
    },
    contradicting: {
      step: hub,
      but: { environment: 'azurechinacloud', audience: 'api://own' },
      outcome: { cloud: { exchangeAudience: 'api://own', resourceManager: 'https://management.chinacloudapi.cn' } },
    },
  },
  'hub-cluster': {
    missing: {
      step: hub,
      but: { 'hub-cluster': '' },
      fault:
        /`hub-cluster` is missing; expected an AKS cluster as `resource-group\/name` or as ARM id.*Set it in `with:`/,
    },
    'wrong type': {
      step: hub,
      but: { 'hub-cluster': clusterId('argocd', 'Microsoft.ManagedIdentity/userAssignedIdentities') },
      fault: /`hub-cluster` is .*userAssignedIdentities.*; expected an AKS cluster/,
    },
    'wrong form': {
      step: hub,
      but: { 'hub-cluster': 'argocd-aks' },
      fault: /`hub-cluster` is "argocd-aks"; expected an AKS cluster/,
    },
    contradicting: nothingContradictsIt,
  },
  identity: {
    missing: {
      step: hub,
      but: { 'hub-cluster': clusterId('argocd-aks') },
      outcome: { identity: { subscriptionId: other, resourceGroup: 'rg', name: 'argocd-workload-identity' } },
    },
    'wrong type': {
      step: hub,
      but: { identity: clusterId('argocd-aks') },
      fault: /`identity` is .*managedClusters.*; expected a user-assigned managed identity/,
    },
    'wrong form': {
      step: hub,
      but: { identity: 'argocd-rg/id' },
      fault: /`identity` is "argocd-rg\/id"; expected a user-assigned managed identity/,
    },
    contradicting: nothingContradictsIt,
  },
  'identity-client-id': {
    missing: {
      step: hub,
      but: { 'identity-principal-id': client },
      fault: /`identity-client-id` is missing: `identity-principal-id` alone does not say/,
    },
    'wrong type': {
      step: hub,
      but: { 'identity-principal-id': client, 'identity-client-id': 'argocd' },
      fault: /`identity-client-id` is .*; expected a GUID/,
    },
    'wrong form': {
      step: hub,
      but: { 'identity-principal-id': client, 'identity-client-id': `{${client}}` },
      fault: /`identity-client-id` is .*; expected a GUID/,
    },
    contradicting: nothingContradictsIt,
  },
  'identity-principal-id': {
    missing: {
      step: hub,
      but: { 'identity-client-id': client },
      fault: /`identity-principal-id` is missing: `identity-client-id` alone does not say/,
    },
    'wrong type': {
      step: hub,
      but: { 'identity-client-id': client, 'identity-principal-id': 'argocd' },
      fault: /`identity-principal-id` is .*; expected a GUID/,
    },
    'wrong form': {
      step: hub,
      but: { 'identity-client-id': client, 'identity-principal-id': `{${client}}` },
      fault: /`identity-principal-id` is .*; expected a GUID/,
    },
    contradicting: nothingContradictsIt,
  },
  tags: {
    missing: { step: hub, but: { tags: '' }, outcome: { tags: {} } },
    'wrong type': { step: hub, but: { tags: 'owner' }, fault: /`tags` is .*; expected lines of `key=value`/ },
    'wrong form': { step: hub, but: { tags: 'a/b=c' }, fault: /`tags` is .*; expected lines of `key=value`/ },
    contradicting: { step: target, but: { tags: 'a=b' }, fault: /`tags` belongs to mode `hub`/ },
  },
  'argocd-namespace': {
    missing: { step: hub, but: { 'argocd-namespace': '' }, outcome: { argocdNamespace: 'argocd' } },
    'wrong type': {
      step: hub,
      but: { 'argocd-namespace': 'argocd,other' },
      fault: /`argocd-namespace` is "argocd,other"; expected a DNS label/,
    },
    'wrong form': {
      step: hub,
      but: { 'argocd-namespace': 'a'.repeat(64) },
      fault: /`argocd-namespace` is "a+"; expected a DNS label/,
    },
    contradicting: nothingContradictsIt,
  },
  'service-account': {
    missing: { step: hub, but: { 'service-account': '' }, outcome: { mode: 'hub' } },
    'wrong type': {
      step: hub,
      but: { 'service-account': 'argocd:svc-argocd-aks' },
      fault: /`service-account` is "argocd:svc-argocd-aks"; expected a DNS name/,
    },
    'wrong form': {
      step: hub,
      but: { 'service-account': 'Svc-ArgoCD' },
      fault: /`service-account` is "Svc-ArgoCD"; expected a DNS name/,
    },
    contradicting: {
      step: target,
      but: { 'service-account': 'svc-argocd-aks' },
      fault: /`service-account` belongs to mode `hub`, and this step has mode `target`\. Remove it/,
    },
  },
  'hub-cluster-role': {
    missing: {
      step: hub,
      but: { 'service-account': 'svc-argocd-aks', 'hub-cluster-role': '' },
      outcome: { serviceAccount: { name: 'svc-argocd-aks', clusterRole: 'cluster-admin' } },
    },
    'wrong type': {
      step: hub,
      but: { 'service-account': 'svc-argocd-aks', 'hub-cluster-role': 'clusterrole/view' },
      fault: /`hub-cluster-role` is "clusterrole\/view"; expected the name of a ClusterRole/,
    },
    'wrong form': {
      step: hub,
      but: { 'service-account': 'svc-argocd-aks', 'hub-cluster-role': 'cluster admin' },
      fault: /`hub-cluster-role` is "cluster admin"; expected the name of a ClusterRole/,
    },
    contradicting: {
      step: hub,
      but: { 'hub-cluster-role': 'view' },
      fault: /`hub-cluster-role` is what `service-account` is bound to, and no `service-account` is given/,
    },
  },
  'token-source': {
    missing: { step: hub, but: { 'token-source': '' }, outcome: { tokenSource: 'projected' } },
    'wrong type': {
      step: hub,
      but: { 'token-source': 'true' },
      fault: /`token-source` is .*; expected `projected` or `webhook`/,
    },
    'wrong form': {
      step: hub,
      but: { 'token-source': 'Webhook' },
      fault: /`token-source` is .*; expected `projected` or `webhook`/,
    },
    contradicting: { step: target, but: { 'token-source': 'webhook' }, fault: /`token-source` belongs to mode `hub`/ },
  },
  'assign-identity': {
    missing: { step: hub, but: { 'assign-identity': '' }, outcome: { assignIdentity: false } },
    'wrong type': {
      step: hub,
      but: { 'assign-identity': '1' },
      fault: /`assign-identity` is .*; expected `true` or `false`/,
    },
    'wrong form': {
      step: hub,
      but: { 'assign-identity': 'yes' },
      fault: /`assign-identity` is .*; expected `true` or `false`/,
    },
    contradicting: {
      step: target,
      but: { 'assign-identity': 'true' },
      fault: /`assign-identity` belongs to mode `hub`/,
    },
  },
  'target-cluster': {
    missing: {
      step: target,
      but: { 'target-cluster': '' },
      fault: /`target-cluster` is missing: without it .*; expected an AKS cluster.*Set it in `with:`/,
    },
    'wrong type': {
      step: target,
      but: { 'target-cluster': clusterId('pool', 'Microsoft.ContainerService/managedClusters/aks1/agentPools') },
      fault: /`target-cluster` is .*agentPools.*; expected an AKS cluster/,
    },
    'wrong form': {
      step: target,
      but: { 'target-cluster': 'sub/rg/aks' },
      fault: /`target-cluster` is "sub\/rg\/aks"; expected an AKS cluster/,
    },
    contradicting: {
      step: hub,
      but: { 'target-cluster': 'dev-rg/devworkloadaks1' },
      fault: /`target-cluster` belongs to mode `target`, and this step has mode `hub`/,
    },
  },
  targets: {
    missing: {
      step: fleet,
      but: { targets: '' },
      fault: /`target-cluster` is missing: without it `targets` or `target-tag` has to say which clusters are meant/,
    },
    'wrong type': {
      step: fleet,
      but: { targets: '- 7' },
      fault: /`targets` item 1 is 7\. Write a list whose items are/,
    },
    'wrong form': {
      step: fleet,
      but: { targets: 'dev-rg/dev1\ndev2\n' },
      fault: /`targets` line 2 is "dev2"; expected an AKS cluster .* or as `subscription\/resource-group\/name`/,
    },
    contradicting: {
      step: fleet,
      but: { 'target-cluster': 'dev-rg/dev3' },
      fault: /`targets` cannot stand beside `target-cluster`\. Remove one of them/,
    },
  },
  'target-tag': {
    missing: {
      step: { ...fleet, mode: 'discover' },
      but: { targets: '' },
      fault: /`target-tag` is missing, and so is `targets`: nothing says which clusters are meant/,
    },
    'wrong type': {
      step: tagged,
      but: { 'target-tag': '=on' },
      fault: /`target-tag` is "=on"; expected `key` or `key=value`/,
    },
    'wrong form': {
      step: tagged,
      but: { 'target-tag': 'a/b=on' },
      fault: /`target-tag` is "a\/b=on"; expected `key` or/,
    },
    contradicting: {
      step: tagged,
      but: { targets: 'dev-rg/dev1' },
      fault: /`target-tag` cannot stand beside `targets`/,
    },
  },
  subscriptions: {
    missing: {
      step: tagged,
      but: { subscriptions: '' },
      outcome: { selection: { kind: 'tagged', key: 'fleet', value: 'on', subscriptions: [subscription] } },
    },
    'wrong type': {
      step: tagged,
      but: { subscriptions: 'true' },
      fault: /`subscriptions` is "true"; expected `all`, or a list/,
    },
    'wrong form': {
      step: tagged,
      but: { subscriptions: `${other} ${subscription}` },
      fault: /`subscriptions` is .*; expected `all`, or a list of GUIDs, parted by commas or lines/,
    },
    contradicting: {
      step: fleet,
      but: { subscriptions: 'all' },
      fault: /`subscriptions` has a meaning only with `target-tag`/,
    },
  },
  concurrency: {
    missing: { step: fleet, but: { concurrency: '' }, outcome: { concurrency: 10 } },
    'wrong type': {
      step: fleet,
      but: { concurrency: 'many' },
      fault: /`concurrency` is "many"; expected a whole number from 1 to 100/,
    },
    'wrong form': {
      step: fleet,
      but: { concurrency: '0' },
      fault: /`concurrency` is "0"; expected a whole number from 1 to 100/,
    },
    contradicting: {
      step: { ...fleet, mode: 'discover' },
      but: { concurrency: '5' },
      fault: /`concurrency` belongs to mode `target`, and this step has mode `discover`/,
    },
  },
  name: {
    missing: { step: target, but: { name: '' }, outcome: { targetCluster: { name: 'devworkloadaks1' } } },
    'wrong type': { step: target, but: { name: 'dev\nprod' }, fault: /`name` is "dev\\nprod"; expected one line/ },
    'wrong form': { step: target, but: { name: 'in-cluster' }, fault: /`name` is "in-cluster"; expected one line/ },
    contradicting: { step: hub, but: { name: 'dev' }, fault: /`name` belongs to mode `target`/ },
  },
  'secret-name': {
    missing: { step: target, but: { 'secret-name': '' }, outcome: { mode: 'target' } },
    'wrong type': {
      step: target,
      but: { 'secret-name': 'argocd/dev' },
      fault: /`secret-name` is "argocd\/dev"; expected a DNS name/,
    },
    'wrong form': {
      step: target,
      but: { 'secret-name': 'dev_1' },
      fault: /`secret-name` is "dev_1"; expected a DNS name/,
    },
    contradicting: { step: hub, but: { 'secret-name': 'dev' }, fault: /`secret-name` belongs to mode `target`/ },
  },
  server: {
    missing: { step: target, but: { server: '' }, outcome: { serverFqdn: 'auto' } },
    'wrong type': { step: target, but: { server: 'dev.example' }, fault: /`server` is .*; expected a URL/ },
    'wrong form': {
      step: target,
      but: { server: 'https://user:pass@dev.example' },
      fault: /`server` is .*; expected a URL that begins with `https/,
    },
    contradicting: { step: hub, but: { server: 'https://dev.example' }, fault: /`server` belongs to mode `target`/ },
  },
  'server-fqdn': {
    missing: { step: target, but: { 'server-fqdn': '' }, outcome: { serverFqdn: 'auto' } },
    'wrong type': {
      step: target,
      but: { 'server-fqdn': 'true' },
      fault: /`server-fqdn` is .*; expected `auto`, `private` or `public`/,
    },
    'wrong form': {
      step: target,
      but: { 'server-fqdn': 'Private' },
      fault: /`server-fqdn` is .*; expected `auto`, `private` or `public`/,
    },
    contradicting: { step: hub, but: { 'server-fqdn': 'private' }, fault: /`server-fqdn` belongs to mode `target`/ },
  },
  'tls-server-name': {
    missing: { step: target, but: { 'tls-server-name': '' }, outcome: { mode: 'target' } },
    'wrong type': {
      step: target,
      but: { 'tls-server-name': 'https://dev' },
      fault: /`tls-server-name` is .*; expected a DNS name/,
    },
    'wrong form': {
      step: target,
      but: { 'tls-server-name': 'dev..example' },
      fault: /`tls-server-name` is .*; expected a DNS name/,
    },
    contradicting: {
      step: hub,
      but: { 'tls-server-name': 'dev.example' },
      fault: /`tls-server-name` belongs to mode `target`/,
    },
  },
  labels: {
    missing: { step: target, but: { labels: '' }, outcome: { labels: {} } },
    'wrong type': { step: target, but: { labels: 'env' }, fault: /`labels` is .*; expected lines of `key=value`/ },
    'wrong form': { step: target, but: { labels: 'env=a b' }, fault: /`labels` is .*; expected lines of `key=value`/ },
    contradicting: {
      step: target,
      but: { labels: 'argocd.argoproj.io/secret-type=x' },
      fault: /`labels` sets argocd.argoproj.io\/secret-type, which is the action's own or Argo CD's/,
    },
  },
  annotations: {
    missing: { step: target, but: { annotations: '' }, outcome: { annotations: {} } },
    'wrong type': {
      step: target,
      but: { annotations: 'note' },
      fault: /`annotations` is .*; expected lines of `key=value`/,
    },
    'wrong form': {
      step: target,
      but: { annotations: 'a/b/c=1' },
      fault: /`annotations` is .*; expected lines of `key=value`/,
    },
    contradicting: { step: hub, but: { annotations: 'a=b' }, fault: /`annotations` belongs to mode `target`/ },
  },
  'tag-labels': {
    missing: { step: target, but: { 'tag-labels': '' }, outcome: { tagLabels: [] } },
    'wrong type': { step: target, but: { 'tag-labels': 'a\tb' }, fault: /`tag-labels` is .*; expected a list/ },
    'wrong form': {
      step: target,
      but: { 'tag-labels': 'x'.repeat(600) },
      fault: /`tag-labels` is .*; expected a list/,
    },
    contradicting: {
      step: target,
      but: { 'tag-labels': 'env', labels: 'env=dev' },
      fault: /`tag-labels` names env, which becomes the label env, and `labels` sets that, too/,
    },
  },
  project: {
    missing: { step: target, but: { project: '' }, outcome: { mode: 'target' } },
    'wrong type': { step: target, but: { project: 'a,b' }, fault: /`project` is .*; expected a DNS name/ },
    'wrong form': { step: target, but: { project: 'Team' }, fault: /`project` is .*; expected a DNS name/ },
    contradicting: { step: hub, but: { project: 'team' }, fault: /`project` belongs to mode `target`/ },
  },
  namespaces: {
    missing: { step: target, but: { namespaces: '' }, outcome: { namespaces: [] } },
    'wrong type': { step: target, but: { namespaces: 'a b' }, fault: /`namespaces` is .*; expected a list/ },
    'wrong form': { step: target, but: { namespaces: 'Apps' }, fault: /`namespaces` is .*; expected a list/ },
    contradicting: { step: hub, but: { namespaces: 'apps' }, fault: /`namespaces` belongs to mode `target`/ },
  },
  'cluster-resources': {
    missing: { step: target, but: { 'cluster-resources': '' }, outcome: { namespaces: [] } },
    'wrong type': {
      step: target,
      but: { namespaces: 'apps', 'cluster-resources': '1' },
      fault: /`cluster-resources` is .*; expected `true` or `false`/,
    },
    'wrong form': {
      step: target,
      but: { namespaces: 'apps', 'cluster-resources': 'yes' },
      fault: /`cluster-resources` is .*; expected `true` or `false`/,
    },
    contradicting: {
      step: target,
      but: { 'cluster-resources': 'true' },
      fault: /`cluster-resources` has a meaning only with `namespaces`/,
    },
  },
  shard: {
    missing: { step: target, but: { shard: '' }, outcome: { mode: 'target' } },
    'wrong type': { step: target, but: { shard: 'one' }, fault: /`shard` is .*; expected a whole number/ },
    'wrong form': { step: target, but: { shard: '-1' }, fault: /`shard` is .*; expected a whole number/ },
    contradicting: { step: hub, but: { shard: '1' }, fault: /`shard` belongs to mode `target`/ },
  },
  'proxy-url': {
    missing: { step: target, but: { 'proxy-url': '' }, outcome: { mode: 'target' } },
    'wrong type': { step: target, but: { 'proxy-url': 'proxy:3128' }, fault: /`proxy-url` is .*; expected a URL/ },
    'wrong form': { step: target, but: { 'proxy-url': 'ftp://proxy' }, fault: /`proxy-url` is .*; expected a URL/ },
    contradicting: {
      step: hub,
      but: { 'proxy-url': 'http://proxy:3128' },
      fault: /`proxy-url` belongs to mode `target`/,
    },
  },
  grant: {
    missing: { step: target, but: { grant: '' }, outcome: { grant: 'auto' } },
    'wrong type': {
      step: target,
      but: { grant: 'true' },
      fault: /`grant` is .*; expected `auto`, `kubernetes`, `azure` or `none`/,
    },
    'wrong form': { step: target, but: { grant: 'Azure' }, fault: /`grant` is .*; expected `auto`/ },
    contradicting: { step: hub, but: { grant: 'azure' }, fault: /`grant` belongs to mode `target`/ },
  },
  'target-role': {
    missing: { step: target, but: { 'target-role': '' }, outcome: { targetRole: 'cluster-admin' } },
    'wrong type': { step: target, but: { 'target-role': 'a\nb' }, fault: /`target-role` is .*; expected one line/ },
    'wrong form': {
      step: target,
      but: { 'target-role': 'x'.repeat(600) },
      fault: /`target-role` is .*; expected one line/,
    },
    contradicting: { step: hub, but: { 'target-role': 'view' }, fault: /`target-role` belongs to mode `target`/ },
  },
  'hub-access': {
    missing: { step: hub, but: { 'hub-access': '' }, outcome: { hubAccess: 'auto' } },
    'wrong type': {
      step: hub,
      but: { 'hub-access': 'true' },
      fault: /`hub-access` is "true"; expected `auto`, `direct` or `run-command`/,
    },
    'wrong form': {
      step: target,
      but: { 'hub-access': 'runCommand' },
      fault: /`hub-access` is "runCommand"; expected `auto`, `direct` or `run-command`/,
    },
    contradicting: nothingContradictsIt,
  },
  'target-access': {
    missing: { step: target, but: { 'target-access': '' }, outcome: { targetAccess: 'auto' } },
    'wrong type': {
      step: target,
      but: { 'target-access': '1' },
      fault: /`target-access` is "1"; expected `auto`, `direct` or `run-command`/,
    },
    'wrong form': {
      step: target,
      but: { 'target-access': 'Direct' },
      fault: /`target-access` is "Direct"; expected `auto`, `direct` or `run-command`/,
    },
    contradicting: {
      step: hub,
      but: { 'target-access': 'run-command' },
      fault: /`target-access` belongs to mode `target`/,
    },
  },
  verify: {
    missing: { step: hub, but: { verify: '' }, outcome: { verify: true } },
    'wrong type': { step: hub, but: { verify: '0' }, fault: /`verify` is "0"; expected `true` or `false`/ },
    'wrong form': { step: hub, but: { verify: 'no' }, fault: /`verify` is "no"; expected `true` or `false`/ },
    contradicting: nothingContradictsIt,
  },
  allow: {
    missing: { step: target, but: { allow: '' }, outcome: { allow: new Set() } },
    'wrong type': {
      step: target,
      but: { allow: 'true' },
      fault: /`allow` is "true"; expected a list of `reverted-patch`, /,
    },
    'wrong form': {
      step: target,
      but: { allow: 'adopt;' },
      fault: /`allow` is "adopt;"; expected a list of `reverted-patch`, /,
    },
    contradicting: nothingContradictsIt,
  },
}

describe.each(Object.entries(table))('%s', (_input, ways) => {
  const possible = Object.entries<Ways[keyof Ways]>({ ...ways }).flatMap(([name, way]) =>
    'impossible' in way ? [] : [{ name, ...way }],
  )
  test.each(possible)('$name', way => {
    const inputs = () => readInputs({ ...runner, ...asEnvironment({ ...way.step, ...way.but }), ...way.environment })
    if ('outcome' in way) expect(inputs()).toMatchObject(way.outcome)
    else expect(faultsOf(inputs)).toEqual([expect.stringMatching(way.fault)])
  })
})

test('every input of action.yml has its rows', () => {
  const action = parse(readFileSync(new URL('../../action.yml', import.meta.url), 'utf8'))
  expect(Object.keys(table)).toEqual(Object.keys(action.inputs))
})

describe('the whole sheet', () => {
  test('a step with nothing but its mode learns everything that is missing', () => {
    const faults = thrown(() => readInputs({ INPUT_MODE: 'hub' }))
    expect(faults.message).toBe(
      [
        'One input is missing or wrong.',
        '- `hub-cluster` is missing; expected an AKS cluster as `resource-group/name` or as ARM id ' +
          '(`/subscriptions/<GUID>/resourceGroups/<name>/providers/Microsoft.ContainerService/managedClusters/<name>`). ' +
          'Set it in `with:` of the step.',
        'Not given either, and needed unless an earlier `azure/login` step signs in: `client-id` and `tenant-id`; ' +
          'and `subscription-id`, for references as `resource-group/name`. Set them in `with:` of the step, ' +
          'or as environment variables AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_SUBSCRIPTION_ID.',
      ].join('\n'),
    )
  })

  test('without a mode, the faults that do not depend on it are still told', () => {
    const step = { 'dry-run': 'maybe', 'client-id': 'me', name: 'in-cluster', 'service-account': 'A', identity: 'x' }
    const faults = thrown(() => readInputs({ ...runner, ...asEnvironment(step) })).faults
    expect(faults.map(fault => fault.input).sort()).toEqual(
      ['mode', 'dry-run', 'client-id', 'tenant-id', 'hub-cluster', 'identity', 'name', 'service-account'].sort(),
    )
  })

  test('an identity that nothing is asked of is not made that of the control plane', () => {
    const step = {
      ...hub,
      'assign-identity': 'true',
      'identity-client-id': client,
      'identity-principal-id': client,
    }
    const { faults } = thrown(() => readInputs({ ...runner, ...asEnvironment(step) }))
    expect(faults).toMatchObject([
      { input: 'assign-identity', message: expect.stringMatching(/with `identity-client-id` nothing is asked/) },
    ])
  })

  test('blanks around a value do not count', () => {
    expect(readInputs({ ...runner, ...asEnvironment({ ...hub, mode: ' hub\n' }) }).mode).toBe('hub')
  })

  test('a step written out in full is read in full', () => {
    const step = {
      ...target,
      identity: 'id-rg/argocd',
      name: 'Dev 1',
      'secret-name': 'dev.1',
      allow: 'adopt, adopt',
      verify: 'False',
    }
    expect(readInputs({ ...runner, ...asEnvironment(step) })).toMatchObject({
      mode: 'target',
      verify: false,
      hubCluster: {
        id: `/subscriptions/${subscription}/resourceGroups/argocd-rg/providers/Microsoft.ContainerService/managedClusters/argocd-aks`,
      },
      identity: { subscriptionId: subscription, resourceGroup: 'id-rg', name: 'argocd' },
      targetCluster: { resourceGroup: 'dev-rg', name: 'devworkloadaks1' },
      name: 'Dev 1',
      secretName: 'dev.1',
      allow: new Set(['adopt']),
    })
  })

  test('an ARM id may be written in any case, and is brought into the case of the type', () => {
    const id = clusterId('argocd-aks')
    expect(
      readInputs({ ...runner, ...asEnvironment({ ...hub, 'hub-cluster': id.toLowerCase() }) }).hubCluster!.id,
    ).toBe(id)
  })
})

/** The inputs as the runner hands them over. */
function asEnvironment(step: With): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(step).map(([input, text]) => [`INPUT_${input.toUpperCase()}`, text]))
}

function thrown(action: () => unknown): InputFaults {
  try {
    action()
  } catch (error) {
    if (error instanceof InputFaults) return error
    throw error
  }
  throw new Error('no fault was found')
}

const faultsOf = (action: () => unknown): string[] => thrown(action).faults.map(fault => fault.message)
