const decimalSuffixes = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E']
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']

/**
 * The form in which the API server stores an amount: `0.5` is `500m`, `1024Mi` is `1Gi`
 * (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/). Anything else stays as it is.
 */
export function canonicalQuantity(text: string): string {
  const [, sign = '', digits = '', suffix = ''] = /^([+-]?)([0-9.]+)([A-Za-z]*)$/.exec(text) ?? []
  const binary = binarySuffixes.indexOf(suffix)
  if (binary > 0) {
    const amount = scaled(digits, 1024n ** BigInt(binary), 1n)
    return amount === undefined ? text : shortest(sign, amount, binarySuffixes, 0, 1024n)
  }
  const decimal = decimalSuffixes.indexOf(suffix)
  if (digits === '' || decimal < 0) return text
  const nanos = scaled(digits, 1000n ** BigInt(decimal), 1n)
  return nanos === undefined ? text : shortest(sign, nanos, decimalSuffixes, 0, 1000n)
}

/** `digits` times `by`, if that is a whole number. */
function scaled(digits: string, by: bigint, _unit: bigint): bigint | undefined {
  const [whole = '0', fraction = ''] = digits.split('.')
  const shift = 10n ** BigInt(fraction.length)
  const product = BigInt(`${whole || '0'}${fraction}`) * by
  return product % shift === 0n ? product / shift : undefined
}

/** The whole number with the largest suffix. */
function shortest(sign: string, amount: bigint, suffixes: string[], index: number, base: bigint): string {
  if (amount === 0n) return '0'
  let rest = amount
  let at = index
  while (rest % base === 0n && at < suffixes.length - 1) {
    rest /= base
    at += 1
  }
  return `${sign === '-' ? '-' : ''}${rest}${suffixes[at]}`
}
