import type { Action, Permission, Plan } from '../../src/plan.ts'

/** What a plan does, one step a line: `create managed identity argocd`. */
export const steps = ({ actions }: Pick<Plan, 'actions'>): string[] => actions.map(({ kind, id }) => `${kind} ${id}`)

/** The fields that an action changes. */
export const fields = ({ changes }: Action): string[] => changes.map(({ field }) => field)

/** The permissions that an action takes, as `verb resource name` or `action at scope`. */
export const permissions = ({ permissions }: Pick<Action, 'permissions'>): string[] =>
  permissions.map((permission: Permission) =>
    permission.at === 'azure'
      ? `${permission.action} at ${permission.scope.id}`
      : `${permission.at}: ${permission.verb} ${permission.resource} ${permission.name ?? ''}`.trim(),
  )

/** The objects that an action sends to a cluster, as they are applied. */
export const applied = ({ writes }: Action) =>
  writes.flatMap(write => (write.at !== 'azure' && write.verb === 'apply' ? [write.object] : []))
