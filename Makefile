# make demo, make test and make texts do all the set-up themselves; see setup.sh.
export BROWSER PYTHON CHROMIUM

.PHONY: help demo test texts pictures clean
help:
	@echo 'make demo    the whole way once: demo pictures, simulated participants, ResMem, report, server'
	@echo 'make test    install what the tests need and run all of them (BROWSER=no: without a browser)'
	@echo 'make texts   take new and changed texts into the catalogues of the languages'
	@echo 'make pictures  the screenshots of the README, by the test that goes through a new lab'
	@echo 'make clean   remove the virtual environment and everything built; instance/ stays'

demo:
	@./setup.sh demo

test:
	@./setup.sh test

texts:
	@./setup.sh texts

pictures:
	@./setup.sh pictures

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis test-artifacts build dist \
	  experiment/client/node_modules experiment/static/vendor stimuli/demo_images
