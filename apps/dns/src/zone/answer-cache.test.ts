import { endpoint, headless, indexOf, question, service, slice, zone } from '../test-builders.ts';
import { encodeAnswer } from '../wire/encode-answer.ts';
import { AnswerCache } from './answer-cache.ts';
import type { ClusterIndex } from './cluster-index.ts';
import { resolve } from './resolve.ts';

describe('AnswerCache', () => {
  const fill = (cache: AnswerCache, index: ClusterIndex, name: string) => {
    const asked = question(name, 'A');
    const answer = resolve(asked, { index, zone });
    if (!answer) throw new Error(`${name} is not the cluster's`);
    cache.set(asked.key, encodeAnswer(asked, answer), answer.dependsOn);
    return () => cache.get(asked.key) !== undefined;
  };

  it('forgets exactly what a change made wrong, names that were denied included', () => {
    const cache = new AnswerCache(10);
    const index = indexOf({ services: [headless('db'), headless('other')] }, token => cache.forget(token));
    const [db, member, other, coming, foreign] = [
      fill(cache, index, 'db.ns.svc.cluster.local'),
      fill(cache, index, 'db-0.db.ns.svc.cluster.local'),
      fill(cache, index, 'other.ns.svc.cluster.local'),
      fill(cache, index, 'coming.ns.svc.cluster.local'),
      fill(cache, index, 'www.example.com.cluster.local'),
    ];
    index.onSlice({ next: slice('db', [endpoint('10.0.0.1')]) });
    expect([db(), member(), other(), coming(), foreign()]).toEqual([false, false, true, true, true]);
    index.onService({ next: service('coming') });
    expect([other(), coming(), foreign()]).toEqual([true, false, true]);
  });

  it('stays within its capacity', () => {
    const cache = new AnswerCache(2);
    const index = indexOf({});
    const known = ['a', 'b', 'c'].map(name => fill(cache, index, `${name}.ns.svc.cluster.local`));
    expect(known.map(isKnown => isKnown())).toEqual([false, true, true]);
    expect(cache.size).toBe(2);
  });
});
