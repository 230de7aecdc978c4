"""Entity linking: from the labels of answers to nodes of the category tree, in five stages.

1. `parsed_paths`: answers -> the different sequences of labels, and which object has each
2. `category_prefix`: labels -> the category that the first ones spell, and the need behind it
3. `need_nodes`: needs -> nodes; near duplicates share one
4. `linked_labels`: labels -> their need's node and the categories nearest in meaning
5. `object_paths`: objects -> their strongest paths of nodes

`resolve_objects` runs them for the lake, `resolve_in_memory` for answers that are not stored.
"""
