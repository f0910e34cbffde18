{{/* Labels; takes a dict of root and component. */}}
{{- define "hexaface.selector" -}}
app.kubernetes.io/name: hexaface
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "hexaface.labels" -}}
{{ include "hexaface.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{- define "hexaface.name" -}}
{{ printf "%s-%s" .root.Release.Name .component | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "hexaface.image" -}}
{{ printf "%s/%s:%s%s" .root.Values.image.registry (.task | default .component) (.tag | default .root.Values.image.tag | default .root.Chart.AppVersion) (.suffix | default "") }}
{{- end }}

{{/* The tasks that the profile has a model for, joined by commas. */}}
{{- define "hexaface.tasks" -}}
{{ ternary "detector,attributes,keypoints,liveness" "detector,embedder,attributes,emotion,keypoints,generator,liveness" (eq .Values.profile "permissive") }}
{{- end }}

{{/* The services' names, joined by commas: one per task, and the further embedders. */}}
{{- define "hexaface.services" -}}
{{ include "hexaface.tasks" . }}
{{- range $name := keys .Values.embedders | sortAlpha }},embedder-{{ $name }}{{ end }}
{{- end }}

{{/* The embedders' addresses, joined by commas, that of new collections first. */}}
{{- define "hexaface.embedderUrls" -}}
{{- $root := . }}
{{- $named := keys .Values.embedders | sortAlpha }}
{{- $first := .Values.firstEmbedder }}
{{- if and $first (not (has $first $named)) }}{{ fail (printf "firstEmbedder: no embedder is named %s" $first) }}{{ end }}
{{- $components := ternary (list "embedder") list (has "embedder" (include "hexaface.tasks" . | splitList ",")) }}
{{- range $name := $named }}{{ $components = append $components (printf "embedder-%s" $name) }}{{ end }}
{{- if $first }}{{ $components = prepend (without $components (printf "embedder-%s" $first)) (printf "embedder-%s" $first) }}{{ end }}
{{- $urls := list }}
{{- range $component := $components }}{{ $urls = append $urls (printf "http://%s:8000" (include "hexaface.name" (dict "root" $root "component" $component))) }}{{ end }}
{{- join "," $urls }}
{{- end }}

{{/* Replicas apart: over zones, then over nodes, each version of the pods by itself; where there is no room, together. */}}
{{- define "hexaface.spread" -}}
{{- $part := . }}
topologySpreadConstraints:
  {{- range $key := list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - maxSkew: 1
    topologyKey: {{ $key }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "hexaface.selector" $part | nindent 8 }}
    matchLabelKeys: [pod-template-hash]
  {{- end }}
{{- end }}

{{/* What the "restricted" Pod Security Standard asks of a pod, and of a container. */}}
{{- define "hexaface.podSecurity" -}}
automountServiceAccountToken: false
enableServiceLinks: false
terminationGracePeriodSeconds: 40
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "hexaface.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
# Endpoints forget a pod a moment after it was told to stop: it goes on serving for that moment.
lifecycle: { preStop: { sleep: { seconds: 5 } } }
{{- end }}

{{/* A service's values over the defaults; a further embedder's over those of the first, too. */}}
{{- define "hexaface.serviceValues" -}}
{{- $own := deepCopy (index .root.Values.services .task) }}
{{- if ne .task .component }}{{ $own = mergeOverwrite $own (deepCopy (index .root.Values.embedders (trimPrefix "embedder-" .component))) }}{{ end }}
{{- toYaml (mergeOverwrite (deepCopy .root.Values.serviceDefaults) $own) -}}
{{- end }}
