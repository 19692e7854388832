#!/bin/sh
# Writes the digest of each image and action behind its version, on a machine with a network, docker and git:
# a tag may be moved to other content, a digest not. Run it from the repository after a version was raised.
set -eu
for image in $(sed -nE 's/^(FROM|    image:) ([^ @]+:[^ @]+)$/\2/p' deploy/Dockerfile deploy/compose.yaml deploy/lake/compose.yaml); do
    digest=$(docker buildx imagetools inspect "$image" --format '{{.Manifest.Digest}}')
    case $digest in sha256:*) ;; *) echo "No digest of $image: $digest" >&2; exit 1 ;; esac
    sed -i -E "s#^(FROM|    image:) $image\$#\1 $image@$digest#" deploy/Dockerfile deploy/compose.yaml deploy/lake/compose.yaml
done
for action in $(sed -nE 's/^ *- uses: ([^ @]+@v[0-9.]+)$/\1/p' .github/workflows/*.yml | sort -u); do
    name=${action%@*} tag=${action#*@}
    commit=$(git ls-remote "https://github.com/$name" "refs/tags/$tag^{}" "refs/tags/$tag" | sort -k2 | tail -n 1 | cut -f 1)
    [ ${#commit} = 40 ] || { echo "No commit of $action" >&2; exit 1; }
    sed -i -E "s#uses: $action\$#uses: $name@$commit  \# $tag#" .github/workflows/*.yml
done
