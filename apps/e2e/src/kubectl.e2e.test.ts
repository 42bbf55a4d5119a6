import { Cluster, podArgs } from './cluster.ts';
import { containerPids, MARK } from './containers.ts';
import { IMAGE } from './image.ts';
import { KUBECTLS } from './peers.ts';
import { until } from './until.ts';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start('kubectl');
}, 240_000);
afterAll(async () => {
  await cluster?.remove();
}, 120_000);

/** Columns of a kubectl table; two blanks or more part them. */
const cells = (line: string): readonly string[] => line.trim().split(/\s{2,}/);

describe.each(KUBECTLS)('kubectl %s', version => {
  const slug = version.replace('.', '-');
  const web = `web-${slug}`;
  const hello = `hello-${slug}`;
  const kubectl = (...args: readonly string[]) => cluster.kubectl(version, args);
  const running = (name: string) =>
    until(`${name} to run`, async () => / 1\/1 +Running /.test(await kubectl('get', 'pod', name, '--no-headers')));

  it('get nodes', async () => {
    const [head = '', row = '', ...more] = (await kubectl('get', 'nodes')).trimEnd().split('\n');
    expect(cells(head)).toEqual(['NAME', 'STATUS', 'ROLES', 'AGE', 'VERSION']);
    expect(row).toMatch(/^\S+ +Ready +\S+ +\d+[sm]\S* +v1\.36\.\d+\+steersman\S*$/);
    expect(more).toEqual([]);
    expect(await kubectl('get', 'nodes', '-o', 'wide')).toMatch(/ (\d+\.){3}\d+ .* containerd:\/\/\d/);
  });

  it('run, and get -w -o wide from Pending to Running', async () => {
    await using watch = cluster.open(version, ['get', 'pods', '-w', '-o', 'wide', '--field-selector', `metadata.name=${web}`]);
    await new Promise(resolve => setImmediate(resolve));
    expect(await kubectl(...podArgs(web, `--env=${MARK}=${web}`))).toBe(`pod/${web} created\n`);
    const row = await watch.heard('Running', ({ lines }) => lines.find(line => line.startsWith(`${web} `) && cells(line)[2] === 'Running'));
    expect(cells(watch.lines[0] ?? '')).toEqual([
      'NAME',
      'READY',
      'STATUS',
      'RESTARTS',
      'AGE',
      'IP',
      'NODE',
      'NOMINATED NODE',
      'READINESS GATES',
    ]);
    expect(row).toMatch(new RegExp(`^${web} +1/1 +Running +0 +\\d+s +10\\.\\d+\\.\\d+\\.\\d+ +\\S+ +<none> +<none>$`));
    const seen = [...new Set(watch.lines.slice(1).map(line => cells(line)[2]))];
    expect(seen).toEqual(['Pending', 'ContainerCreating', 'Running'].filter(state => seen.includes(state)));
    expect(seen[0]).not.toBe('Running');
  });

  it('describe', async () => {
    await running(web);
    const node = (await kubectl('get', 'pod', web, '-o', 'jsonpath={.spec.nodeName}/{.status.hostIP}')).trim();
    const told = await until('the event Started', async () => {
      const text = await kubectl('describe', 'pod', web);
      return /Normal +Started/.test(text) && text;
    });
    expect(told).toMatch(new RegExp(`^Name: +${web}$`, 'm'));
    expect(told).toMatch(/^Namespace: +default$/m);
    expect(told).toMatch(new RegExp(`^Node: +${node}$`, 'm'));
    expect(told).toMatch(new RegExp(`^Labels: +run=${web}$`, 'm'));
    expect(told).toMatch(/^Status: +Running$/m);
    expect(told).toMatch(/^IP: +10\.\d+\.\d+\.\d+$/m);
    expect(told).toMatch(new RegExp(`^ {4}Image: +${IMAGE}$`, 'm'));
    expect(told).toMatch(/^ {4}Image ID: +\S*sha256:[0-9a-f]{64}$/m);
    expect(told).toMatch(/^ {4}Container ID: +containerd:\/\/[0-9a-f]{64}$/m);
    expect(told).toMatch(/^ {4}State: +Running$/m);
    expect(told).toMatch(/^ {4}Ready: +True$/m);
    expect(told).toMatch(/^ {4}Restart Count: +0$/m);
    expect(told).toMatch(new RegExp(`^ {6}${MARK}: +${web}$`, 'm'));
    for (const condition of ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'])
      expect(told).toMatch(new RegExp(`^ {2}${condition} +True`, 'm'));
    expect(told).toMatch(/^QoS Class: +BestEffort$/m);
    expect(told).toMatch(
      new RegExp(`Normal +Scheduled +\\S+ +default-scheduler +Successfully assigned default/${web} to ${node.split('/')[0]}`),
    );
    // Newer kubectls show which container an event is about.
    expect(told).toMatch(
      new RegExp(`Normal +Pulled +\\S+ +kubelet +(spec\\.containers\\{\\S+\\}: )?Container image "${IMAGE}" already present on machine`),
    );
    expect(told).toMatch(/Normal +Created +\S+ +kubelet +\S/);
    expect(told).toMatch(/Normal +Started +\S+ +kubelet +\S/);
    expect(told).not.toMatch(/Warning/);
  });

  it('describe node', async () => {
    const [name = ''] = (await kubectl('get', 'nodes', '-o', 'name'))
      .trim()
      .split('\n')
      .map(line => line.replace('node/', ''));
    const told = await kubectl('describe', 'node', name);
    expect(told).toMatch(/^ {2}Ready +True +.* KubeletReady /m);
    expect(told).toMatch(/^ {2}default +web-\S+ +0 \(0%\) +0 \(0%\)/m);
    expect(told).toMatch(/^ {2}HolderIdentity: +\S+$/m);
    expect(told).not.toMatch(/Lease: +Failed/);
  });

  it('logs, and logs -f as they come', async () => {
    expect(await kubectl('logs', web, '--tail=-1')).toMatch(/^tick 0\ntick 1\n/);
    await using follow = cluster.open(version, ['logs', '-f', '--tail=1', web]);
    const first = await follow.heard('a line', ({ lines }) => lines[0]);
    const at = Number(first.replace('tick ', ''));
    await follow.heard('three more lines', ({ lines }) => lines.length >= 4);
    expect(follow.lines.slice(0, 4)).toEqual([0, 1, 2, 3].map(more => `tick ${at + more}`));
  });

  it('logs -f ends with its container', async () => {
    const name = `once-${slug}`;
    await kubectl(...podArgs(name, '--restart=Never', '--', 'sh', '-c', 'echo one; sleep 1; echo two >&2; sleep 0.2; echo three'));
    await until('its logs', async () => (await cluster.tryKubectl(version, ['logs', name])).code === 0);
    expect(await kubectl('logs', '-f', name)).toBe('one\ntwo\nthree\n');
    await until('Completed', async () => (await kubectl('get', 'pod', name)).includes('Completed'));
    await kubectl('delete', 'pod', name);
  });

  it('exec -it with a terminal: size, answers and exit code', async () => {
    await using terminal = cluster.openTerminal(version, ['exec', '-it', web, '--', 'sh']);
    await terminal.heard('a prompt', ({ stdout }) => stdout.includes('# '));
    terminal.write('echo sum $((40+2)); tty; stty size\n');
    await terminal.heard('the sum', ({ lines }) => lines.includes('sum 42'));
    await terminal.heard('the terminal', ({ lines }) => lines.some(line => line.startsWith('/dev/pts/')));
    await terminal.heard('the size', ({ lines }) => lines.includes('40 100'));
    terminal.write('exit 3\n');
    const { code, stdout } = await terminal.finished();
    expect(stdout).toMatch(/command terminated with exit code 3/);
    expect(code).toBe(3);
  });

  it('exec without a terminal: standard streams and exit code', async () => {
    const big = `${'0123456789abcdef'.repeat(16_384)}\n`; // more than a stream's window
    const echoed = await cluster.tryKubectl(version, ['exec', '-i', web, '--', 'cat'], { input: big });
    expect({ code: echoed.code, same: echoed.stdout === big, stderr: echoed.stderr }).toEqual({ code: 0, same: true, stderr: '' });
    const failed = await cluster.tryKubectl(version, ['exec', web, '--', 'sh', '-c', 'echo out; echo err >&2; exit 7']);
    expect({ code: failed.code, stdout: failed.stdout }).toEqual({ code: 7, stdout: 'out\n' });
    expect(failed.stderr).toMatch(/^err\ncommand terminated with exit code 7\n$/);
  });

  it('create deployment, rollout status, scale', async () => {
    expect(await kubectl('create', 'deployment', hello, `--image=${IMAGE}`)).toBe(`deployment.apps/${hello} created\n`);
    expect(await kubectl('rollout', 'status', `deployment/${hello}`, '--timeout=60s')).toMatch(
      new RegExp(`deployment "${hello}" successfully rolled out\n$`),
    );
    expect(await kubectl('scale', `deployment/${hello}`, '--replicas=3')).toBe(`deployment.apps/${hello} scaled\n`);
    await kubectl('rollout', 'status', `deployment/${hello}`, '--timeout=60s');
    const [head = '', row = ''] = (await kubectl('get', 'deployment', hello)).split('\n');
    expect(cells(head)).toEqual(['NAME', 'READY', 'UP-TO-DATE', 'AVAILABLE', 'AGE']);
    expect(row).toMatch(new RegExp(`^${hello} +3/3 +3 +3 +\\d+s$`));
    const sets = await kubectl('get', 'replicasets', '-l', `app=${hello}`);
    expect(sets.split('\n')[1]).toMatch(new RegExp(`^${hello}-[bcdfghjklmnpqrstvwxz2456789]+ +3 +3 +3 +\\d+s$`));
  });

  it('set env rolls the deployment over, never with fewer pods than allowed', async () => {
    const available = cluster.open(version, ['get', 'deployment', hello, '-w', '-o', 'jsonpath={.status.availableReplicas}{"\\n"}']);
    await using _ = available;
    await available.heard('the first state', ({ lines }) => lines.length > 0);
    expect(await kubectl('set', 'env', `deployment/${hello}`, `${MARK}=${hello}`)).toBe(`deployment.apps/${hello} env updated\n`);
    const said = await kubectl('rollout', 'status', `deployment/${hello}`, '--timeout=90s');
    expect(said).toMatch(/^Waiting for deployment "\S+" rollout to finish: \d out of 3 new replicas have been updated\.\.\.$/m);
    expect(said).toMatch(/successfully rolled out\n$/);
    expect(Math.min(...available.lines.map(Number))).toBeGreaterThanOrEqual(2); // 25 % of 3, rounded down, may be away
    const printed = await until('a pod of the new revision', async () => {
      const running = await kubectl('get', 'pods', '-l', `app=${hello}`, '--field-selector=status.phase=Running', '-o', 'name');
      const [pod = ''] = running.split('\n'); // may be one of the old ones, on its way out
      const { code, stdout } = await cluster.tryKubectl(version, ['exec', pod.replace('pod/', ''), '--', 'sh', '-c', `echo "$${MARK}"`]);
      return code === 0 && stdout;
    });
    expect(printed).toBe(`${hello}\n`);
    await until('three containers with the variable', () => containerPids(MARK, hello).length === 3);
    expect(await kubectl('rollout', 'history', `deployment/${hello}`)).toMatch(/^1 +<none>\n2 +<none>$/m);
  });

  it('delete', async () => {
    expect(await kubectl('delete', 'pod', web)).toMatch(new RegExp(`^pod "${web}" deleted( from default namespace)?\n$`));
    const gone = await cluster.tryKubectl(version, ['get', 'pod', web]);
    expect({ code: gone.code, stderr: gone.stderr }).toEqual({
      code: 1,
      stderr: `Error from server (NotFound): pods "${web}" not found\n`,
    });
    expect(containerPids(MARK, web)).toEqual([]);
    expect(await kubectl('delete', 'deployment', hello)).toMatch(
      new RegExp(`^deployment.apps "${hello}" deleted( from default namespace)?\n$`),
    );
    await until('its pods to go', async () => (await kubectl('get', 'pods,replicasets', '-l', `app=${hello}`)) === '');
    expect(containerPids(MARK, hello)).toEqual([]);
  });

  it('tells both faults of a pod in one 422', async () => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'Bad_Name' },
      spec: { containers: [{ name: 'web', image: IMAGE, ports: [{ containerPort: 99_999 }] }] },
    };
    const { code, stdout, stderr } = await cluster.tryKubectl(version, ['create', '-f', '-'], { input: JSON.stringify(pod) });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^The Pod "Bad_Name" is invalid: ?\n/);
    expect(stderr).toMatch(
      /^\* metadata\.name: Invalid value: "Bad_Name": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters/m,
    );
    expect(stderr).toMatch(
      /^\* spec\.containers\[0\]\.ports\[0\]\.containerPort: Invalid value: 99999: must be between 1 and 65535, inclusive$/m,
    );
    expect(stderr.trimEnd().split('\n')).toHaveLength(3);
  });

  it('says why a pod fits nowhere', async () => {
    const name = `huge-${slug}`;
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name },
      spec: { containers: [{ name: 'c', image: IMAGE, resources: { requests: { cpu: '1000' } } }] },
    };
    await cluster.kubectl(version, ['create', '-f', '-'], { input: JSON.stringify(pod) });
    const told = await until('the event FailedScheduling', async () => {
      const text = await kubectl('describe', 'pod', name);
      return text.includes('FailedScheduling') && text;
    });
    expect(told).toMatch(/^Status: +Pending$/m);
    expect(told).toMatch(
      /Warning +FailedScheduling +\S+( \(\S+ over \S+\))? +default-scheduler +0\/1 nodes are available: 1 Insufficient cpu\. preemption: 0\/1 nodes are available: 1 Preemption is not helpful for scheduling\.$/m,
    );
    await kubectl('delete', 'pod', name);
  });

  it('gives a pod its ConfigMap, Secret and emptyDir', async () => {
    const name = `files-${slug}`;
    await kubectl('create', 'configmap', name, '--from-literal=greeting=hello');
    await kubectl('create', 'secret', 'generic', name, '--from-literal=password=s3cret');
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name },
      spec: {
        restartPolicy: 'Never',
        containers: [
          {
            name: 'c',
            image: IMAGE,
            command: [
              'sh',
              '-c',
              'echo "$GREETING $(cat /config/greeting) $(cat /secret/password)"; echo kept > /scratch/file; cat /scratch/file; hostname',
            ],
            env: [{ name: 'GREETING', valueFrom: { configMapKeyRef: { name, key: 'greeting' } } }],
            volumeMounts: ['config', 'secret', 'scratch'].map(volume => ({ name: volume, mountPath: `/${volume}` })),
          },
        ],
        volumes: [
          { name: 'config', configMap: { name } },
          { name: 'secret', secret: { secretName: name } },
          { name: 'scratch', emptyDir: {} },
        ],
      },
    };
    await cluster.kubectl(version, ['create', '-f', '-'], { input: JSON.stringify(pod) });
    await until('the pod to complete', async () => (await kubectl('get', 'pod', name)).includes('Completed'));
    expect(await kubectl('logs', name)).toBe(`hello hello s3cret\nkept\n${name}\n`);
    await kubectl('delete', 'pod,configmap,secret', name);
  });

  it('restarts a container that fails, with a growing back-off', async () => {
    const name = `crash-${slug}`;
    await kubectl(...podArgs(name, '--', 'sh', '-c', 'echo failing; exit 1'));
    await until('CrashLoopBackOff', async () => /CrashLoopBackOff +[1-9]/.test(await kubectl('get', 'pod', name)));
    expect(await kubectl('logs', name, '--previous')).toBe('failing\n');
    await until('the event', async () =>
      /Warning +BackOff +.* kubelet +(spec\.containers\{\S+\}: )?Back-off restarting failed container/.test(
        await kubectl('describe', 'pod', name),
      ),
    );
    await kubectl('delete', 'pod', name);
  });
});

describe('the trace of a pod', () => {
  it('runs from the create call to Running through the logs of every program', async () => {
    await cluster.kubectl('1.35', podArgs('traced'));
    await until('Running', async () => (await cluster.kubectl('1.35', ['get', 'pod', 'traced'])).includes('Running'));
    const bound = await until('the scheduler to say so', () =>
      cluster
        .logs()
        .find(({ component, line }) => component === 'scheduler' && line['pod'] === 'default/traced' && line['message'] === 'pod bound'),
    );
    const trace = bound.line['trace'];
    expect(trace).toMatch(/^[0-9a-f]{32}$/);
    const story = await until('all programs to tell', () => {
      const lines = cluster.logs().filter(({ line }) => line['trace'] === trace);
      const programs = new Set(lines.map(({ component }) => component));
      return ['apiserver', 'scheduler', 'kubelet'].every(program => programs.has(program)) && lines;
    });
    const told = ({ line }: (typeof story)[number]) =>
      ['message', 'method', 'path'].flatMap(key => (typeof line[key] === 'string' ? [line[key]] : []));
    const messages = story.map(entry => `${entry.component}: ${told(entry).join(' ')}`).join('\n');
    for (const step of [
      /apiserver: request POST \/api\/v1\/namespaces\/default\/pods$/m,
      /scheduler: pod bound/,
      /kubelet: .*sandbox/i,
      /kubelet: .*container created/i,
      /kubelet: .*container started/i,
      /kubelet: .*running/i,
    ]) {
      expect(messages).toMatch(step);
    }
  });
});
