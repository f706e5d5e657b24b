import { everywhere } from '../clouds.ts'

/** Resource Manager's hosts in the public cloud, Azure Government and Azure China. */
export const armHosts = everywhere(({ resourceManager }) => resourceManager)
