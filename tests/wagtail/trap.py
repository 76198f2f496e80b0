# Does what an editor does once the first answer of a sweep has been made: what the file says that KNOWLEDGE_TRAP names.
import json
import os


class MidSweep:
    def __init__(self, answer):
        self.answer = answer

    def __call__(self, request):
        answer = self.answer(request)
        trap = os.environ.get("KNOWLEDGE_TRAP", "")
        if request.path == "/api/v2/pages/" and os.path.exists(trap):
            with open(trap, encoding="utf-8") as file:
                acts = json.load(file)
            os.remove(trap)
            from acts import do

            do(acts)
        return answer
