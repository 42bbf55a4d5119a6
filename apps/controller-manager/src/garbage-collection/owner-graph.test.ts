import type { ApiObject } from '@steersman/types';
import { judge, type OwnerState } from './owner-graph.ts';

const object = (finalizers: string[] = []): ApiObject => ({
  metadata: { name: 'a', uid: 'a', resourceVersion: '1', creationTimestamp: '', finalizers },
});
const owned = (states: readonly OwnerState[]) =>
  states.map((state, at) => ({ state, reference: { apiVersion: 'v1', kind: 'Pod', name: `o${at}`, uid: `o${at}` } }));

describe('judge', () => {
  it.each<{ name: string; owners: OwnerState[]; finalizers?: string[]; hasDependents?: boolean; want: ReturnType<typeof judge> }>([
    { name: 'no owner', owners: [], want: { action: 'keep' } },
    { name: 'its owner is there', owners: ['present'], want: { action: 'keep' } },
    { name: 'its owner is gone', owners: ['absent'], want: { action: 'delete', propagationPolicy: 'Background' } },
    { name: 'one of two is gone', owners: ['absent', 'present'], want: { action: 'dropReferences', uids: ['o0'] } },
    { name: 'one of two waits for it', owners: ['present', 'waiting'], want: { action: 'dropReferences', uids: ['o1'] } },
    { name: 'its owner waits for it', owners: ['waiting'], want: { action: 'delete', propagationPolicy: 'Background' } },
    {
      name: 'its owner waits for it and it owns others',
      owners: ['waiting'],
      hasDependents: true,
      want: { action: 'delete', propagationPolicy: 'Foreground' },
    },
    {
      name: 'gone, and it is to orphan its own',
      owners: ['absent'],
      finalizers: ['orphan'],
      want: { action: 'delete', propagationPolicy: 'Orphan' },
    },
    {
      name: 'gone, and it is to wait for its own',
      owners: ['absent'],
      finalizers: ['foregroundDeletion'],
      want: { action: 'delete', propagationPolicy: 'Foreground' },
    },
  ])('$name', ({ owners, finalizers, hasDependents = false, want }) => {
    expect(judge(object(finalizers), owned(owners), hasDependents)).toEqual(want);
  });
});
