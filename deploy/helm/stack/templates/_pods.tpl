{{- /* Settings of every process of Stack; secrets are paths of files. Takes (dict "root" $ "component" "web"). */ -}}
{{- define "stack.environment" -}}
{{- $v := .root.Values -}}
{{- $full := include "stack.fullname" .root -}}
{{- $settings := dict
  "STACK_MODE" "production"
  "STACK_ENVIRONMENT" $v.environment
  "STACK_ALLOWED_HOSTS" (join "," $v.hosts)
  "STACK_TRUSTED_ORIGINS" (printf "https://%s" (join ",https://" $v.hosts))
  "STACK_TRUSTED_PROXIES" (join "," $v.trustedProxies)
  "STACK_TOKEN_ISSUER" (default (printf "https://%s" (first $v.hosts)) $v.tokenIssuer)
  "STACK_LOG_LEVEL" $v.logLevel
  "STACK_LOG_FORMAT" "json"
  "STACK_JOBS" "celery"
  "STACK_UPLOAD_LIMIT_MB" $v.uploadLimitMB
  "STACK_DATABASE_POOL" $v.database.pool
  "STACK_SEARCH" "elasticsearch"
  "STACK_SEARCH_PREFIX" $v.search.prefix
  "STACK_METRICS" (ternary "on" "off" $v.metrics.enabled)
-}}
{{- if $v.database.behindPooler }}{{- $_ := set $settings "STACK_DATABASE_POOLER" "transaction" }}{{- end }}
{{- if $v.bundled.elasticsearch.enabled }}
{{- $_ := set $settings "STACK_SEARCH_URLS" (printf "https://%s-elasticsearch:9200" $full) }}
{{- $_ := set $settings "STACK_SEARCH_USER" "elastic" }}
{{- else }}
{{- $_ := set $settings "STACK_SEARCH_URLS" (join "," $v.search.urls) }}
{{- with $v.search.user }}{{- $_ := set $settings "STACK_SEARCH_USER" . }}{{- end }}
{{- end }}
{{- with $v.artifacts.s3.bucket }}
{{- $_ := set $settings "STACK_ARTIFACTS" . }}
{{- with $v.artifacts.s3.endpoint }}{{- $_ := set $settings "STACK_S3_ENDPOINT" . }}{{- end }}
{{- with $v.artifacts.s3.region }}{{- $_ := set $settings "STACK_S3_REGION" . }}{{- end }}
{{- end }}
{{- with $v.kms.address }}{{- $_ := set $settings "STACK_VAULT_KMS" . }}{{- end }}
{{- with $v.tracing.endpoint }}{{- $_ := set $settings "STACK_OTLP_ENDPOINT" . }}{{- end }}
{{- if not (has .component (list "web" "migrate")) }}
{{- $_ := set $settings "STACK_HEALTH_PORT" 9100 }}
{{- $_ := set $settings "STACK_HEALTH_HOST" "0.0.0.0" }}
{{- end }}
{{- range $name, $key := include "stack.secretFiles" .root | fromYaml }}
{{- $_ := set $settings $name (printf "/run/secrets/stack/%s" $key) }}
{{- end }}
{{- $settings = merge (deepCopy $v.settings) $settings }}
{{- range $name, $value := $settings }}
- name: {{ $name }}
  value: {{ $value | toString | quote }}
{{- end }}
{{- end -}}

{{- define "stack.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ . }}
runAsGroup: {{ . }}
fsGroup: {{ . }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "stack.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities: {drop: [ALL]}
{{- end -}}

{{- /* Takes (dict "port" "http"). A start may take two minutes, a stuck process is killed after half a one. */ -}}
{{- define "stack.probes" -}}
startupProbe:
  httpGet: {path: /livez, port: {{ .port }}}
  periodSeconds: 2
  timeoutSeconds: 3
  failureThreshold: 60
livenessProbe:
  httpGet: {path: /livez, port: {{ .port }}}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 3
readinessProbe:
  httpGet: {path: /readyz, port: {{ .port }}}
  periodSeconds: 5
  timeoutSeconds: 5
  failureThreshold: 3
{{- end -}}

{{- /* A pod of Stack. Takes root, component, command (a list), values (resources …), port ("" for a job that ends),
       secret, account, and volume: a claim for /data, or none for a folder that goes with the pod. */ -}}
{{- define "stack.pod" -}}
{{- $v := .root.Values -}}
metadata:
  labels:
    {{- include "stack.labels" . | nindent 4 }}
  {{- with .values.podAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  serviceAccountName: {{ .account }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: 30
  {{- with $v.image.pullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ . }}
    {{- end }}
  {{- end }}
  securityContext:
    {{- include "stack.podSecurity" 10001 | nindent 4 }}
  {{- with .values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if .port }}
  topologySpreadConstraints:
    {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
    - maxSkew: 1
      topologyKey: {{ . }}
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "stack.selector" $ | nindent 10 }}
    {{- end }}
  {{- else }}
  restartPolicy: Never
  {{- end }}
  containers:
    - name: stack
      image: {{ include "stack.image" .root }}
      imagePullPolicy: {{ $v.image.pullPolicy }}
      args: {{ .command | toJson }}
      env:
        {{- include "stack.environment" . | nindent 8 }}
      securityContext:
        {{- include "stack.containerSecurity" . | nindent 8 }}
      resources:
        {{- toYaml .values.resources | nindent 8 }}
      {{- if .port }}
      ports:
        - {name: {{ .port }}, containerPort: {{ ternary 8000 9100 (eq .port "http") }}}
      {{- include "stack.probes" . | nindent 6 }}
      {{- end }}
      {{- if eq .component "web" }}
      # Until every proxy has heard that this pod goes, it still answers.
      lifecycle: {preStop: {sleep: {seconds: 5}}}
      {{- end }}
      volumeMounts:
        - {name: data, mountPath: /data}
        - {name: tmp, mountPath: /tmp}
        - {name: secrets, mountPath: /run/secrets/stack, readOnly: true}
        {{- if and $v.artifacts.volume.enabled .port }}
        - {name: artifacts, mountPath: /data/artifacts}
        {{- end }}
  volumes:
    - name: data
      {{- if .volume }}
      persistentVolumeClaim: {claimName: {{ .volume }}}
      {{- else }}
      emptyDir: {sizeLimit: 1Gi}
      {{- end }}
    # Uploads pass through it.
    - name: tmp
      emptyDir: {sizeLimit: {{ add 1024 (mul 2 $v.uploadLimitMB) }}Mi}
    {{- $keys := include "stack.secretFiles" .root | fromYaml | values }}
    {{- include "stack.secretVolume" (dict "name" .secret "keys" $keys) | nindent 4 }}
    {{- if and $v.artifacts.volume.enabled .port }}
    - name: artifacts
      persistentVolumeClaim: {claimName: {{ default (printf "%s-artifacts" (include "stack.fullname" .root)) $v.artifacts.volume.existingClaim }}}
    {{- end }}
{{- end -}}
