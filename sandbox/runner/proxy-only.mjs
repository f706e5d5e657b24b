// Loaded before the action in a child process: nothing may go past the proxy, and so nothing leaves this machine.
import net from 'node:net'

const connect = net.Socket.prototype.connect
net.Socket.prototype.connect = function (...args) {
  const { host = 'localhost', path } = net._normalizeArgs(args[0]?.[0] ? args[0] : args)[0]
  if (path || host === 'localhost' || host === '::1' || host.startsWith('127.')) return connect.apply(this, args)
  throw new Error(`a test reached for ${host}, past the proxy`)
}
