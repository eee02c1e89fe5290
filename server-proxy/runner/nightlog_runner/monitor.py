class Monitor:
    memory_over_limit = None
    def __init__(self, run):
        pass
    def begin_cell(self):
        pass
    def end_cell(self):
        return None
    def out_of_memory(self, signal):
        return None
