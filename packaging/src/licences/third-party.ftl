Deploytail is under the Apache License 2.0, see LICENSE. These libraries are shipped with it, each with its
licence, or with several to choose from:

<#list dependencyMap as entry>
${entry.key.groupId}:${entry.key.artifactId}:${entry.key.version}  ${entry.value?join(" or ")}<#if entry.key.url??>  ${entry.key.url}</#if>
</#list>
