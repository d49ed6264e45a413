{{- define "stack.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- default $full .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "stack.image" -}}
{{- $image := .Values.image -}}
{{- $image.repository }}{{ if $image.digest }}@{{ $image.digest }}{{ else }}:{{ default .Chart.AppVersion $image.tag }}{{ end -}}
{{- end -}}

{{- define "stack.secretName" -}}
{{- default (include "stack.fullname" .) .Values.secrets.existingSecret -}}
{{- end -}}

{{- /* Takes (dict "root" $ "component" "web"): the labels by which pods are chosen. */ -}}
{{- define "stack.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "stack.labels" -}}
{{ include "stack.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: stack
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{- /* What the chart cannot do without; said in one sentence each. */ -}}
{{- define "stack.check" -}}
{{- $v := .Values -}}
{{- if not $v.hosts -}}{{ fail "hosts: name at least one host that Stack answers to, such as stack.example" }}{{- end -}}
{{- if not (or $v.secrets.existingSecret $v.secrets.create) -}}
{{ fail "secrets.existingSecret: name a Secret with the keys that values.yaml lists, or set secrets.create and secrets.values" }}
{{- end -}}
{{- if and $v.secrets.existingSecret $v.secrets.create -}}
{{ fail "secrets: either existingSecret or create, not both" }}
{{- end -}}
{{- if not (or $v.search.urls $v.bundled.elasticsearch.enabled) -}}
{{ fail "search.urls: name the nodes of Elasticsearch or OpenSearch, or set bundled.elasticsearch.enabled" }}
{{- end -}}
{{- if not (or $v.artifacts.s3.bucket $v.artifacts.volume.enabled) -}}
{{ fail "artifacts: set artifacts.s3.bucket or artifacts.volume.enabled; web and workers have to see the same files" }}
{{- end -}}
{{- if and $v.ingress.enabled (not $v.ingress.tlsSecret) -}}
{{ fail "ingress.tlsSecret: name the Secret of the certificate; without TLS nobody can sign in" }}
{{- end -}}
{{- if and $v.keda.enabled (not $v.keda.prometheus) -}}
{{ fail "keda.prometheus: give the address of the Prometheus that has Stack's figures" }}
{{- end -}}
{{- range $name, $_ := $v.settings -}}
{{- if regexMatch "(KEY|SECRET|TOKEN|PASSWORD|DSN|_DATABASE|_DATABASE_REPLICAS|_REDIS)$" $name -}}
{{ fail (printf "settings.%s is a secret: put it into the Secret, and name its key in secrets.files.%s_FILE" $name $name) }}
{{- end -}}
{{- end -}}
{{- $served := list -}}
{{- range $v.workers -}}{{- $served = concat $served .queues -}}{{- end -}}
{{- range list "ingest" "interactive" "analysis" "default" "maintenance" -}}
{{- if not (has . $served) -}}{{ fail (printf "workers: nobody serves the queue %s; its jobs would wait for ever" .) }}{{- end -}}
{{- end -}}
{{- end -}}
