{{- define "lanyard.name" -}}
{{- if contains "lanyard" .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-lanyard" .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "lanyard.selector" -}}
app.kubernetes.io/name: lanyard
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "lanyard.labels" -}}
{{ include "lanyard.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "lanyard.host" -}}
{{- get (urlParse (replace "{tenant}." "" .Values.publicUrl)) "hostname" -}}
{{- end -}}

{{/* Separated by a blank; TENANTS=host: those of the tenants as well. */}}
{{- define "lanyard.hosts" -}}
{{- include "lanyard.host" . -}}
{{- if contains "{tenant}." .Values.publicUrl }} *.{{ include "lanyard.host" . }}{{ end -}}
{{- end -}}

{{- define "lanyard.settings" -}}
{{- $settings := dict "PUBLIC_URL" .Values.publicUrl "TRUSTED_PROXIES" (join "," .Values.trustedProxies) "METRICS_PORT" "9464" "MIGRATIONS" (ternary "manual" "auto" .Values.migrate.enabled) -}}
{{- if .Values.extensions.names }}{{ $_ := set $settings "EXTENSIONS" (join "," .Values.extensions.names) }}{{ end -}}
{{- toYaml (merge $settings .Values.settings) -}}
{{- end -}}

{{/* What pods of the server, of the Jobs and of the test have in common: this satisfies the pod security level "restricted". */}}
{{- define "lanyard.pod" -}}
serviceAccountName: {{ include "lanyard.name" . }}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile:
    type: RuntimeDefault
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{ toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "lanyard.container" -}}
{{- with .Values.image }}
image: {{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
imagePullPolicy: {{ .pullPolicy }}
{{- end }}
envFrom:
  - configMapRef:
      name: {{ include "lanyard.name" . }}-settings
env:
  {{- range $setting, $key := .Values.secret.keys }}
  - name: {{ $setting }}_FILE
    value: /run/secrets/lanyard/{{ $key }}
  {{- end }}
  {{- with .Owner }}
  - name: MIGRATION_DATABASE_URL_FILE
    value: /run/secrets/owner/{{ .key }}
  {{- end }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop:
      - ALL
{{- end -}}

{{- define "lanyard.secretMount" -}}
- name: secrets
  mountPath: /run/secrets/lanyard
  readOnly: true
{{- if .Values.extensions.volume }}
- name: extensions
  mountPath: /app/extensions
  readOnly: true
{{- end }}
{{- end -}}

{{- define "lanyard.secretVolume" -}}
- name: secrets
  secret:
    secretName: {{ .Values.secret.name }}
    defaultMode: 0440
{{- with .Values.extensions.volume }}
- name: extensions
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
