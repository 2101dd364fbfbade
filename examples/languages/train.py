"""Trains the language classifier of the text example with PyTorch and writes languages.pt2, labels.json and samples.json.

Data: translations of the user interfaces of Django (Django Software Foundation and individual contributors; BSD-3-Clause)
and Wagtail (Torchbox Ltd and individual contributors; BSD-3-Clause), as the packages Django==5.2.19 and wagtail==8.0.1 on
PyPI hold them. Get them with `pip install --target corpus Django==5.2.19 wagtail==8.0.1`, then run

    python train.py corpus

with torch==2.13.0. The English messages are divided: nine in ten, with all their translations, train the network, the
rest test it. samples.json holds some of those test texts, all from Django (its licence: LICENSE.django), and what
PyTorch computed for them.

Accuracy was 0.988 on 3,080 test texts. They are like those of the training: short, formal sentences about web sites,
some of them variants of each other. The network is enough to show a text model, and no rival for a language identifier
trained on a broad corpus.
"""

import collections
import hashlib
import html
import json
import pathlib
import random
import re
import struct
import sys

import torch
from torch import nn
from torch.nn import functional as F

HERE = pathlib.Path(__file__).parent
LANGUAGES = {  # by ISO 639-1, the catalogues of each
    "ar": ["ar"], "bg": ["bg"], "cs": ["cs"], "da": ["da"], "de": ["de"], "el": ["el"], "en": [], "es": ["es"],
    "fa": ["fa"], "fi": ["fi"], "fr": ["fr"], "he": ["he", "he_IL"], "hi": ["hi"], "hu": ["hu"], "id": ["id", "id_ID"],
    "it": ["it"], "ja": ["ja"], "ko": ["ko"], "nb": ["nb"], "nl": ["nl"], "pl": ["pl"], "pt": ["pt", "pt_BR", "pt_PT"],
    "ro": ["ro"], "ru": ["ru"], "sv": ["sv"], "th": ["th"], "tr": ["tr", "tr_TR"], "uk": ["uk"], "vi": ["vi"],
    "zh": ["zh_Hans"],
}
LABELS = sorted(LANGUAGES)
MIN_BYTES = 24  # of a text, in training and test
MAX_BYTES = 256
STEPS = 4000
BATCH = 128
RECORDED = ("ar", "de", "ja", "th")  # languages of which samples.json has logits


class LanguageNet(nn.Module):
    """Byte 0 is padding, and changes nothing: it is masked wherever its neighbours could see it."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(256, 32)
        self.first = nn.Conv1d(32, 96, 5, padding=2)
        self.second = nn.Conv1d(96, 96, 5, padding=2)
        self.dropout = nn.Dropout(0.3)
        self.classifier = nn.Linear(2 * 96, len(LABELS))

    def forward(self, bytes):
        mask = (bytes != 0).unsqueeze(1).float()
        x = self.embedding(bytes).transpose(1, 2) * mask
        x = F.relu(self.first(x)) * mask
        x = F.relu(self.second(x)) * mask
        mean = x.sum(2) / mask.sum(2).clamp(min=1)
        return {"logits": self.classifier(self.dropout(torch.cat([mean, x.amax(2)], 1)))}


def read_catalogue(path):
    """The messages of a compiled gettext catalogue (.mo): msgid to msgstr."""
    data = path.read_bytes()
    _, _, count, originals, translations = struct.unpack_from("<5I", data)

    def texts(table):
        for i in range(count):
            length, start = struct.unpack_from("<2I", data, table + 8 * i)
            yield data[start:start + length].decode().split("\0")[-1]

    return dict(zip(texts(originals), texts(translations)))


def clean(text):
    """Without markup and placeholders, which are the same in all languages."""
    text = html.unescape(re.sub(r"<[^>]*>", " ", text.split("\x04")[-1]))
    text = re.sub(r"%\([^)]*\)\w|%\w|\{[^}]*\}|https?://\S+|&", " ", text)
    return re.sub(r"\s+", " ", text).strip()


def is_test(message):
    return hashlib.sha256(clean(message).lower().encode()).digest()[0] % 10 == 0


def load(corpus):
    """@returns the texts for training, and those for the test with their package, by language"""
    train = collections.defaultdict(set)
    test = collections.defaultdict(dict)
    labels = {catalogue: label for label, catalogues in LANGUAGES.items() for catalogue in catalogues}
    for package in ("wagtail", "django"):
        for path in sorted((pathlib.Path(corpus) / package).glob("**/locale/*/LC_MESSAGES/*.mo")):
            label = labels.get(path.parts[-3])
            if label is None:
                continue
            for message, translation in read_catalogue(path).items():
                for language, text in (("en", clean(message)), (label, clean(translation))):
                    if len(text.encode()) < MIN_BYTES or (language != "en" and text == clean(message)):
                        continue
                    if is_test(message):
                        test[language][text] = package
                    else:
                        train[language].add(text)
    for language, texts in test.items():
        test[language] = {text: package for text, package in texts.items() if text not in train[language]}
    return {language: sorted(texts) for language, texts in train.items()}, test


def example(texts):
    """A text as it may come: alone or with another, from the middle of a sentence, in any case."""
    text = random.choice(texts)
    if random.random() < 0.3:
        text += " " + random.choice(texts)
    if random.random() < 0.5:
        words = text.split(" ")
        start = random.randrange(len(words))
        part = " ".join(words[start:start + random.randint(2, 20)])
        text = part if len(part.encode()) >= MIN_BYTES else text
    if random.random() < 0.2:
        text = text.lower()
    return text.encode()[:MAX_BYTES]


def padded(texts):
    length = max(map(len, texts))
    return torch.tensor([list(text.ljust(length, b"\0")) for text in texts])


def train(model, texts):
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=4e-3, total_steps=STEPS)
    model.train()
    for step in range(STEPS):
        labels = random.choices(range(len(LABELS)), k=BATCH)
        batch = padded([example(texts[LABELS[label]]) for label in labels])
        loss = F.cross_entropy(model(batch)["logits"], torch.tensor(labels), label_smoothing=0.02)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if (step + 1) % 500 == 0:
            print(f"step {step + 1}: loss {loss.item():.4f}", flush=True)


def logits(model, text):
    with torch.no_grad():
        return model(padded([text.encode()[:MAX_BYTES]]))["logits"][0]


def evaluate(model, test):
    """Prints the accuracy of each language, and of all texts together."""
    right = {}
    for language in LABELS:
        answers = [LABELS[logits(model, text).argmax()] for text in test[language]]
        right[language] = answers.count(language)
        wrong = collections.Counter(answer for answer in answers if answer != language).most_common(3)
        taken = " ".join(f"{answer}:{count}" for answer, count in wrong)
        print(f"{language} {right[language] / len(answers):.3f} of {len(answers)} texts, wrong as {taken or '-'}")
    total = sum(len(test[language]) for language in LABELS)
    print(f"test accuracy {sum(right.values()) / total:.4f} on {total:,} texts")


def write_samples(model, test):
    """Three test texts of each language, drawn without a look at the answers; some with PyTorch's logits."""
    samples = []
    for language in LABELS:
        texts = sorted(text for text, package in test[language].items() if package == "django")
        for i, text in enumerate(random.Random(language).sample(texts, min(3, len(texts)))):
            sample = {"language": language, "text": text}
            if i == 0 and language in RECORDED:
                sample["logits"] = [float(f"{value:.7g}") for value in logits(model, text).tolist()]
            samples.append(sample)
    right = sum(LABELS[logits(model, sample["text"]).argmax()] == sample["language"] for sample in samples)
    print(f"of {len(samples)} samples, {right} right")
    lines = ",\n".join(json.dumps(sample, ensure_ascii=False) for sample in samples)
    (HERE / "samples.json").write_text(f"[\n{lines}\n]\n")


def forget_folders(program):
    """Leaves the names of source files in the program's stack traces, and no folders of this machine."""
    for node in program.graph.nodes:
        if "stack_trace" in node.meta:
            node.meta["stack_trace"] = re.sub(r'File "[^"]*/', 'File "', node.meta["stack_trace"])


def main():
    random.seed(0)
    torch.manual_seed(0)
    torch.set_num_threads(1)
    texts, test = load(sys.argv[1])
    print(" ".join(f"{language}:{len(texts[language])}" for language in LABELS))
    model = LanguageNet()
    train(model, texts)
    model.eval()
    evaluate(model, test)
    write_samples(model, test)
    dims = {0: torch.export.Dim("batch", min=1, max=1024), 1: torch.export.Dim("length", min=1, max=4096)}
    sample = padded(["Wie spät ist es?".encode(), "What time is it?".encode()])
    program = torch.export.export(model, (sample,), dynamic_shapes=(dims,))
    forget_folders(program)
    torch.export.save(program, HERE / "languages.pt2")
    (HERE / "labels.json").write_text(json.dumps(LABELS) + "\n")


if __name__ == "__main__":
    main()
