import type { Client } from '@steersman/client';
import { type Controller, watch } from '@steersman/controller';
import { type CertificateRequest, readCertificateRequest } from '@steersman/pki';
import {
  type CertificateSigningRequest,
  certificateSigningRequestKind,
  type CertificateSigningRequestSpec,
  type Node,
  nodeKind,
  type SubjectAccessReview,
} from '@steersman/types';
import { subjectAccessReviewKind } from '@steersman/types';
import type { Clock } from '@steersman/async';
import type { Informers } from '../informers.ts';
import { timeText } from '../times.ts';
import { KUBELET_CLIENT_SIGNER, KUBELET_SERVING_SIGNER, nodeNameOf, signerFault } from './kubelet-requests.ts';

/** Whether who asks may have a certificate of the sort, such as `nodeclient`, without a person looking at it. */
export type MayRequest = (spec: CertificateSigningRequestSpec, sort: string, signal: AbortSignal) => Promise<boolean>;

export interface CsrApproverDeps {
  readonly client: Client;
  readonly informer: Informers;
  readonly clock: Clock;
  readonly mayRequest: MayRequest;
}

/** Approves what kubelets ask: client certificates of those with the right for it, serving certificates for the node's own addresses. */
export function csrApproverController({ client, informer, clock, mayRequest }: CsrApproverDeps): Controller {
  const [requests, nodes] = [informer(certificateSigningRequestKind), informer(nodeKind)];
  const pending = (): readonly string[] =>
    requests
      .list()
      .filter(isPending)
      .map(({ metadata }) => metadata.name);
  return {
    name: 'csr-approver',
    watches: [watch(requests, ({ metadata }) => [metadata.name]), watch(nodes, pending)],
    async reconcile(key, { signal, log }) {
      const request = requests.get(key);
      if (!request || !isPending(request)) return undefined;
      const message = await reasonToApprove(request, { nodes: nodes.list(), mayRequest, signal });
      if (message === undefined) return undefined;
      const now = timeText(clock.wall());
      const condition = { type: 'Approved', status: 'True', reason: 'AutoApproved', message, lastUpdateTime: now, lastTransitionTime: now };
      const status = { ...request.status, conditions: [...(request.status.conditions ?? []), condition] };
      await client.of(certificateSigningRequestKind).update({ ...request, status }, { subresource: 'approval', signal });
      log.info('certificate request approved', { requestor: request.spec.username, signer: request.spec.signerName });
      return undefined;
    },
  };
}

const isPending = ({ spec, status }: CertificateSigningRequest): boolean =>
  [KUBELET_CLIENT_SIGNER, KUBELET_SERVING_SIGNER].includes(spec.signerName) &&
  !status.certificate &&
  (status.conditions ?? []).length === 0;

interface Judgement {
  readonly nodes: readonly Node[];
  readonly mayRequest: MayRequest;
  readonly signal: AbortSignal;
}

/** What is written beside the approval; undefined leaves the request to a person. */
async function reasonToApprove({ spec }: CertificateSigningRequest, { nodes, mayRequest, signal }: Judgement): Promise<string | undefined> {
  const asked = readRequest(spec);
  if (!asked || signerFault(spec, asked) !== undefined) return undefined;
  if (spec.signerName === KUBELET_SERVING_SIGNER)
    return ownsNames(asked, nodes) ? 'Auto approving kubelet serving certificate for the addresses of its node.' : undefined;
  if (spec.username === asked.commonName && (await mayRequest(spec, 'selfnodeclient', signal)))
    return 'Auto approving self kubelet client certificate after SubjectAccessReview.';
  return (await mayRequest(spec, 'nodeclient', signal))
    ? 'Auto approving kubelet client certificate after SubjectAccessReview.'
    : undefined;
}

export function readRequest({ request }: CertificateSigningRequestSpec): CertificateRequest | undefined {
  try {
    return readCertificateRequest(Buffer.from(request, 'base64').toString('latin1'));
  } catch {
    return undefined; // refused by the API since; whoever stored it before is not certified
  }
}

/** Every name is one its node reports, and no other node reports it: else a node could be served under another's address. */
function ownsNames(asked: CertificateRequest, nodes: readonly Node[]): boolean {
  const name = nodeNameOf(asked);
  const names = [...asked.dnsNames, ...asked.ips];
  const own = nodes.find(({ metadata }) => metadata.name === name);
  const others = nodes.filter(({ metadata }) => metadata.name !== name).map(addressesOf);
  return own !== undefined && names.every(wanted => addressesOf(own).has(wanted) && !others.some(known => known.has(wanted)));
}

const addressesOf = ({ metadata, status }: Node): ReadonlySet<string> =>
  new Set([metadata.name, ...(status.addresses ?? []).map(({ address }) => address)]);

/** Asks the API server itself. */
export const askApi =
  (client: Client): MayRequest =>
  async ({ username = '', groups, uid, extra }, sort, signal) => {
    const review: Omit<SubjectAccessReview, 'metadata' | 'status'> = {
      spec: {
        user: username,
        ...(groups && { groups }),
        ...(uid !== undefined && { uid }),
        ...(extra && { extra }),
        resourceAttributes: { group: 'certificates.k8s.io', resource: 'certificatesigningrequests', subresource: sort, verb: 'create' },
      },
    };
    const { status } = await client.of(subjectAccessReviewKind).create({ metadata: {}, ...review }, { signal });
    return status.allowed;
  };
