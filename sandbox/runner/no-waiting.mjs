// Loaded before the action in a child process: nobody waits.
import { install } from './skipping-clock.mjs'

const NETWORK = /TCP|TLS|GetAddrInfo|FSReqCallback/
install(() => !process.getActiveResourcesInfo().some(resource => NETWORK.test(resource)))
