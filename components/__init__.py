"""One folder per pipeline step: a thin Kubeflow face on the method and on the tool that the step is about."""
