/** Resource Manager's hosts in the public cloud, Azure Government and Azure China. */
export const armHosts = ['management.azure.com', 'management.usgovcloudapi.net', 'management.chinacloudapi.cn']
