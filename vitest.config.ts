import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['__tests__/**/*.test.ts'],
    // These need programs that are built first, and a network of their own: scripts/test-clients.ts, scripts/test-no-proxy.ts.
    exclude: ['__tests__/clients/**', '__tests__/no-proxy/**'],
    // Whatever is exchanged with the sandbox's ARM is held against Azure's own specs: __tests__/arm-contract/README.md.
    globalSetup: ['__tests__/arm-contract/judge.ts'],
    setupFiles: ['__tests__/arm-contract/witness.ts'],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // Stories of several processes share CI's two cores: one that fails for want of them gets a second try there, and vitest says so.
    retry: process.env.CI ? 1 : 0,
  },
})
