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
{{ printf "%s/%s:%s%s" .root.Values.image.registry .component (.root.Values.image.tag | default .root.Chart.AppVersion) (.suffix | default "") }}
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

{{/* A service's values over the defaults. */}}
{{- define "hexaface.serviceValues" -}}
{{- toYaml (mergeOverwrite (deepCopy .root.Values.serviceDefaults) (deepCopy (index .root.Values.services .component))) -}}
{{- end }}
