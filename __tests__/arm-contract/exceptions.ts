/** What ARM answers and no document has, by its path: nothing but our own tests says what it looks like. */
export const unspecified: { what: string; path: RegExp }[] = [
  {
    // In words: https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations
    what: 'operations of AKS',
    path: /\/providers\/Microsoft\.ContainerService\/locations\/[^/]+\/operations\/[^/]+$/i,
  },
]

/** Complaints that are none: where Azure's own answers are not what its documents say, the sandbox answers as Azure does. */
export const ofAzureItself: { complaint: RegExp; why: string }[] = [
  {
    complaint: /: ENUM_CASE_MISMATCH at .*\/backendPoolType: .*: nodeIPConfiguration$/,
    why: 'an enum in another case, https://github.com/pulumi/pulumi-azure-native/issues/4772',
  },
  {
    complaint: /, answered 4\d\d: the answer: OBJECT_ADDITIONAL_PROPERTIES at \/(code|details|message|subcode): /,
    why: 'an error without its envelope, https://github.com/Azure/azure-rest-api-specs/issues/22480',
  },
  {
    complaint: /^GET \/subscriptions[?].*: the answer: OBJECT_MISSING_REQUIRED_PROPERTY at \/nextLink: /,
    why: 'no link on the last page, https://azure.github.io/typespec-azure/docs/howtos/generate-client-libraries/13pagingoperations',
  },
]

/** Tests whose faults answer for ARM in a form that ARM never does, and why. */
export const malformedOnPurpose: Record<string, string> = {
  '__tests__/robustness/secrets.test.ts': 'every service answers with the secrets that it was sent',
}
