import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKeyPair, SignJWT } from 'jose'
import { afterAll, describe, expect, test } from 'vitest'
import { contentOf, fresh } from '../../../src/azure/credential.ts'

const { privateKey } = await generateKeyPair('RS256')

/** Mints real tokens that end after so many seconds, each one different, and counts them. */
function mint(lifetime: number) {
  let count = 0
  return async () => {
    count += 1
    const end = Math.floor(Date.now() / 1000) + lifetime
    return new SignJWT({})
      .setProtectedHeader({ alg: 'RS256' })
      .setJti(`${count}`)
      .setExpirationTime(end)
      .sign(privateKey)
  }
}

const several = async (assertion: () => Promise<string>): Promise<number> => {
  const one = await assertion()
  const rest = await Promise.all([assertion(), assertion()])
  return new Set([one, ...rest]).size
}

test.each([
  ['lives five minutes, as those of GitHub do: it is kept', 300, 1],
  ['has its last half minute begun: it is minted afresh', 20, 2],
])('an assertion that %s', async (_what, lifetime, different) => {
  expect(await several(fresh(mint(lifetime)))).toBe(different)
})

test('two who ask at once share one', async () => {
  const assertion = fresh(mint(300))
  const [one, other] = await Promise.all([assertion(), assertion()])
  expect(one).toBe(other)
})

test('one that could not be had is asked for again', async () => {
  const token = await mint(300)()
  const answers = [
    () => Promise.reject(new Error('503')),
    () => Promise.resolve('no token'),
    () => Promise.resolve(token),
  ]
  const assertion = fresh(() => answers.shift()!())
  await expect(assertion()).rejects.toThrow('503')
  await expect(assertion()).rejects.toThrow()
  expect(await assertion()).toBe(token)
})

describe('the token file of a pod', () => {
  const folder = mkdtempSync(join(tmpdir(), 'argo-aks-onboard-token-'))
  const file = join(folder, 'token')
  afterAll(() => rmSync(folder, { recursive: true }))

  test('is read anew each time, and what is new in it is masked', async () => {
    const masked: string[] = []
    const token = contentOf(file, secret => masked.push(secret))

    writeFileSync(file, 'first\n')
    expect([await token(), await token()]).toEqual(['first', 'first'])
    writeFileSync(file, 'second')
    expect(await token()).toBe('second')
    expect(masked).toEqual(['first', 'second'])
  })

  test.each([
    ['is not there', () => rmSync(file), `the token file ${file} cannot be read (ENOENT)`],
    ['is empty', () => writeFileSync(file, ' \n'), `the token file ${file} is empty`],
  ])('that %s is named', async (_what, spoil, message) => {
    writeFileSync(file, 'token')
    spoil()
    await expect(contentOf(file, () => {})()).rejects.toThrow(message)
  })
})
