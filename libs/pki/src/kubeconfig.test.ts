import { parse } from 'yaml';
import { kubeconfig } from './kubeconfig.ts';

describe('kubeconfig', () => {
  it('leads one user to one cluster', () => {
    const access = { name: 'blue', server: 'https://127.0.0.1:6443', caPem: 'CA', certPem: 'CERT', keyPem: 'KEY' };
    expect(parse(kubeconfig(access))).toEqual({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'blue', cluster: { server: 'https://127.0.0.1:6443', 'certificate-authority-data': 'Q0E=' } }],
      users: [{ name: 'blue', user: { 'client-certificate-data': 'Q0VSVA==', 'client-key-data': 'S0VZ' } }],
      contexts: [{ name: 'blue', context: { cluster: 'blue', user: 'blue' } }],
      'current-context': 'blue',
    });
  });
});
