{{- /* A service for trials: one pod of an official image, its volume and its name. Takes root, component, values (of
       bundled.…), user, port, keys (of the Secret), claim (where its data is), writable (name: path), and the YAML of
       its container: command, args, env, probe; init is the YAML of what runs before, if anything does. */ -}}
{{- define "stack.bundled" -}}
{{- $name := printf "%s-%s" (include "stack.fullname" .root) .component }}
apiVersion: v1
kind: Service
metadata:
  name: {{ $name }}
  labels:
    {{- include "stack.labels" . | nindent 4 }}
spec:
  clusterIP: None
  selector:
    {{- include "stack.selector" . | nindent 4 }}
  ports:
    - {name: {{ .component }}, port: {{ .port }}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: {{ $name }}
  labels:
    {{- include "stack.labels" . | nindent 4 }}
spec:
  replicas: 1
  serviceName: {{ $name }}
  selector:
    matchLabels:
      {{- include "stack.selector" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "stack.labels" . | nindent 8 }}
    spec:
      serviceAccountName: {{ include "stack.fullname" .root }}
      automountServiceAccountToken: false
      enableServiceLinks: false
      terminationGracePeriodSeconds: 60
      securityContext:
        {{- include "stack.podSecurity" .user | nindent 8 }}
      {{- with .init }}
      initContainers:
        {{- . | nindent 8 }}
      {{- end }}
      containers:
        - name: {{ .component }}
          image: {{ .values.image }}
          securityContext:
            {{- include "stack.containerSecurity" . | nindent 12 }}
          resources:
            {{- toYaml .values.resources | nindent 12 }}
          ports:
            - {name: {{ .component }}, containerPort: {{ .port }}}
          {{- .container | nindent 10 }}
          volumeMounts:
            - {name: data, mountPath: {{ .claim }}}
            - {name: secrets, mountPath: /run/secrets/{{ .component }}, readOnly: true}
            {{- range $volume, $path := .writable }}
            - {name: {{ $volume }}, mountPath: {{ $path }}}
            {{- end }}
      volumes:
        {{- range $volume, $path := .writable }}
        - {name: {{ $volume }}, emptyDir: {sizeLimit: 1Gi}}
        {{- end }}
        {{- include "stack.secretVolume" (dict "name" (include "stack.secretName" .root) "keys" .keys) | nindent 8 }}
  volumeClaimTemplates:
    - metadata: {name: data}
      spec:
        accessModes: [ReadWriteOnce]
        resources: {requests: {storage: {{ .values.size }}}}
{{- end -}}

{{- define "stack.bundledProbes" -}}
startupProbe:
  exec: &ask
    command: {{ . | toJson }}
  periodSeconds: 5
  timeoutSeconds: 5
  failureThreshold: 60
livenessProbe:
  exec: *ask
  periodSeconds: 20
  timeoutSeconds: 10
  failureThreshold: 6
readinessProbe:
  exec: *ask
  periodSeconds: 5
  timeoutSeconds: 5
{{- end -}}
