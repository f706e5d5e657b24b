import { expect, test } from 'vitest'
import { createKeyring } from '../../../sandbox/keyring.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { seedUpTo } from '../../../sandbox/worlds/seed-by-hand.ts'
import { enter, onboardTarget, planOf } from '../../driver/story.ts'

test('A cluster Secret taken over as the procedure prints it is no JSON: it is refused, and repaired only when asked', async () => {
  const world = worlds['first-light']!()
  const keyring = await createKeyring()
  await seedUpTo(world, keyring, 10, { verbatimSecret: true })
  const stage = await enter(world, keyring)

  expect(await stage.refuses(onboardTarget)).toBe(
    'https://<private FQDN of devworkloadaks1>:443 is already registered by Secret argocd/devworkloadaks1-secret, which another ' +
      'tool made: it differs in config, which Argo CD cannot read. Take it over with allow: adopt (it keeps its name and its ' +
      'labels, and name, server and config are written anew), or delete it, and run again.',
  )

  const adopted = await stage.succeeds({ ...onboardTarget, allow: 'adopt' })
  expect(planOf(adopted.run).map(({ step, action }) => `${action} ${step}`)).toEqual([
    'update cluster Secret argocd/devworkloadaks1-secret',
  ])
  await stage.matches('secret-that-is-no-json.md', adopted)
})
