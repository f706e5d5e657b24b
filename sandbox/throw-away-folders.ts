import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Folders that are there for one task each. */
export interface ThrowAwayFolders {
  /** The folder that they are in, for what outlives a task. */
  parent: string
  /** Makes a folder, whose name begins as said, for a task, and removes it when the task is over. */
  within<Result>(name: string, task: (folder: string) => Promise<Result>): Promise<Result>
  /** Waits until no task is left. */
  emptied(): Promise<void>
}

/** Throw-away folders in another one. */
export function throwAwayFolders(parent: string): ThrowAwayFolders {
  const tasks = new Set<Promise<unknown>>()

  async function carryOut<Result>(name: string, task: (folder: string) => Promise<Result>): Promise<Result> {
    const folder = await mkdtemp(join(parent, `${name}-`))
    try {
      return await task(folder)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }

  return {
    parent,
    within: (name, task) => {
      const result = carryOut(name, task)
      tasks.add(result)
      const forget = () => tasks.delete(result)
      result.then(forget, forget)
      return result
    },
    emptied: async () => void (await Promise.allSettled(tasks)),
  }
}
