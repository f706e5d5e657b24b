import type { ArmClients } from './clients.ts'

/** A cluster as Resource Graph knows it, which may lag minutes behind. */
export interface GraphedCluster {
  id: string
  tags: Record<string, string> | null
}

interface Page {
  data: GraphedCluster[]
  $skipToken?: string
}

/** Nothing is put into it: whose tags fit is judged here, as Azure judges keys, in any case. Paging takes an order. */
const QUERY =
  "resources | where type =~ 'microsoft.containerservice/managedclusters' | project id, tags | order by id asc"

/** All AKS clusters of the tenant that the caller can read (https://learn.microsoft.com/azure/governance/resource-graph/concepts/work-with-data). */
export function graphedClusters({ send }: ArmClients) {
  return async (): Promise<GraphedCluster[]> => {
    const clusters: GraphedCluster[] = []
    let $skipToken: string | undefined
    do {
      const options = { resultFormat: 'objectArray', $top: 1000, ...($skipToken ? { $skipToken } : {}) }
      const path = '/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01'
      const page = (await send('POST', path, { query: QUERY, options })) as Page
      clusters.push(...page.data)
      $skipToken = page.$skipToken
    } while ($skipToken)
    return clusters
  }
}
