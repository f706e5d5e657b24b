export interface Keyring { todo: true }
