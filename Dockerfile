# sigwatch alone in an image: by default it serves the emulated Watcher.
# Build the static binary first:
#
#   make static && docker build -t sigwatch .
#   docker run --rm -p 127.0.0.1:9200:9200 sigwatch
#
# Time zones and CA roots are inside the binary.
FROM scratch
COPY integration/sigwatch /sigwatch
WORKDIR /work
ENTRYPOINT ["/sigwatch"]
CMD ["emulate", "--listen", "0.0.0.0:9200"]
EXPOSE 9200
