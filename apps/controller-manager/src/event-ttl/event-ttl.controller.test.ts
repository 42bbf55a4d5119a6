import { type Event, eventKind } from '@steersman/types';
import { TestWorld } from '../test-world.ts';
import { timeText } from '../times.ts';
import { eventTtlController } from './event-ttl.controller.ts';

const MINUTE = 60_000;

const worlds: TestWorld[] = [];
afterEach(() => worlds.splice(0).forEach(world => world[Symbol.dispose]()));

function start(): TestWorld {
  const world = new TestWorld();
  worlds.push(world);
  world.run(eventTtlController(world));
  return world;
}

const addEvent = (world: TestWorld): Promise<Event> =>
  world.client.of(eventKind).create({
    metadata: { name: 'e', namespace: 'ns' },
    involvedObject: { kind: 'Pod', name: 'p', namespace: 'ns' },
    lastTimestamp: timeText(world.clock.wall()),
    count: 1,
  });

async function pass(world: TestWorld, minutes: number): Promise<void> {
  await world.clock.advance(minutes * MINUTE);
  await world.settle();
}

describe('eventTtlController', () => {
  it('deletes an event an hour after it happened', async () => {
    const world = start();
    await addEvent(world);
    await pass(world, 59);
    expect(world.all(eventKind)).toHaveLength(1);
    await pass(world, 2);
    expect(world.all(eventKind)).toEqual([]);
  });

  it('keeps one that happens again', async () => {
    const world = start();
    await addEvent(world);
    await pass(world, 40);
    const lastTimestamp = timeText(world.clock.wall());
    await world.change(eventKind, 'ns/e', draft => void Object.assign(draft, { lastTimestamp, count: 2 }));
    await pass(world, 40);
    expect(world.all(eventKind)).toHaveLength(1);
    await pass(world, 21);
    expect(world.all(eventKind)).toEqual([]);
  });
});
