export { ensureAuthority, ensureCertificate } from './ensure-certificate.ts';
export type { Authority, Certificate, PkiFolder } from './ensure-certificate.ts';
export { kubeconfig, kubeconfigEntries } from './kubeconfig.ts';
export type { Access } from './kubeconfig.ts';
export type { CertificateSpec } from './sign-certificate.ts';
export { writePrivate } from './write-private.ts';
