set edit:completion:arg-completer[shipctl] = { |@words|
    var index = (count $words)
    set index = (- $index 1)

    put (env _CLAP_IFS="\n" _CLAP_COMPLETE_INDEX=(to-string $index) SHIPCTL_COMPLETE="elvish" shipctl -- $@words) | to-lines
}
