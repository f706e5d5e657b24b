import { type Call, unknown } from './arguments.ts'
import { findResource, pathOf } from './discovery.ts'
import { Failure, ServerFailure } from './failure.ts'
import { type KubernetesObject, printed } from './print.ts'
import { readFile, serverOf } from './server.ts'

/** `apply --server-side --field-manager=X --validate=false --output=json [--force-conflicts] --filename FILE`, the file one object in JSON. */
export async function apply(call: Call): Promise<void> {
  const { filename = '', output, validate, namespace = 'default', ...flags } = call.flags
  if (flags['server-side'] !== 'true' || output !== 'json' || validate !== 'false') {
    throw unknown('apply without --server-side, --validate=false and --output=json')
  }
  const object = read(filename)
  const server = serverOf(call)
  const { apiVersion, kind, metadata } = object
  const resource = await findResource(server, apiVersion, kind)
  if (!resource) throw noMatch(object, filename)

  const query = new URLSearchParams({
    fieldManager: flags['field-manager'] ?? 'kubectl',
    fieldValidation: 'Ignore',
    force: flags['force-conflicts'] ?? 'false',
  })
  const path = `${pathOf(resource, metadata.namespace ?? namespace, metadata.name)}?${query}`
  const applied = await server
    .send('PATCH', path, JSON.stringify(object), 'application/apply-patch+yaml')
    .catch(error => {
      throw error instanceof ServerFailure && error.status.code === 409 ? conflict(error) : error
    })
  refuseMigration(JSON.parse(applied))
  process.stdout.write(printed(JSON.parse(applied)))
}

function read(filename: string): KubernetesObject {
  try {
    return JSON.parse(readFile(filename))
  } catch (error) {
    if (error instanceof Failure) throw new Failure(`error: the path ${JSON.stringify(filename)} does not exist`)
    throw unknown('a file that is not one object in JSON')
  }
}

const noMatch = ({ apiVersion, kind, metadata }: KubernetesObject, filename: string): Failure => {
  const mapping = `resource mapping not found for name: "${metadata.name}" namespace: "${metadata.namespace ?? ''}" from "${filename}"`
  return new Failure(
    `error: ${mapping}: no matches for kind "${kind}" in version "${apiVersion}"\nensure CRDs are installed first`,
  )
}

const conflict = ({ status }: ServerFailure): Failure =>
  new Failure(`error: ${status.message}
Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the \`--force-conflicts\` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts`)

/**
 * Where an object was made by a plain `kubectl apply`, the real kubectl now makes the field manager the owner of all that was applied so, and
 * applies once more, which takes away whatever the file does not name. https://kubernetes.io/docs/reference/using-api/server-side-apply/#migration-between-client-side-and-server-side-apply
 */
function refuseMigration({ kind, metadata }: KubernetesObject): void {
  const isClientSide = metadata.managedFields?.some(
    ({ operation, fieldsV1 }) =>
      operation === 'Update' &&
      fieldsV1['f:metadata']?.['f:annotations']?.['f:kubectl.kubernetes.io/last-applied-configuration'],
  )
  if (!isClientSide) return
  throw unknown(`how to take over ${kind} ${metadata.name} from kubectl-client-side-apply, as apply --server-side does`)
}
