/** A pod as a user writes it: about 700 bytes here, 2 KB stored. */
export const podBody = (name: string, nodeName = ''): Buffer =>
  Buffer.from(
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, labels: { app: 'bench', tier: 'web' }, annotations: { 'example.com/owner': 'bench' } },
      spec: {
        ...(nodeName !== '' && { nodeName }),
        containers: [
          {
            name: 'main',
            image: 'registry.example.com/web:1.0',
            command: ['/bin/server', '--port=8080'],
            env: [{ name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
            ports: [{ containerPort: 8080, name: 'http' }],
            resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '128Mi' } },
            readinessProbe: { httpGet: { path: '/', port: 8080 } },
          },
        ],
      },
    }),
  );
